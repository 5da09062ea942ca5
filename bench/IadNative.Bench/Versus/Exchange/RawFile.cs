using System.Runtime.InteropServices;

namespace IadNative.Bench.Versus.Exchange;

/// <summary>Arrays in files, as they lie in memory.</summary>
public static class RawFile
{
    public static void Write<T>(string folder, string name, ReadOnlySpan<T> values)
        where T : unmanaged => File.WriteAllBytes(Path.Combine(folder, name), MemoryMarshal.AsBytes(values));

    public static T[] Read<T>(string folder, string name)
        where T : unmanaged => MemoryMarshal.Cast<byte, T>(File.ReadAllBytes(Path.Combine(folder, name))).ToArray();

    /// <summary>An empty array where there is no such file.</summary>
    public static T[] ReadIfThere<T>(string folder, string name)
        where T : unmanaged => File.Exists(Path.Combine(folder, name)) ? Read<T>(folder, name) : [];
}
