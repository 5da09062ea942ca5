namespace IadNative.Persistence;

/// <summary>The element types that a safetensors file of ours may hold: their names in the header and their sizes.</summary>
internal static class SafetensorsElement
{
    /// <summary>The names of all.</summary>
    public static IReadOnlyList<string> Names { get; } = ["F32", "F64", "I32", "I64"];

    /// <summary>The header's name for elements of type <typeparamref name="T"/>.</summary>
    /// <exception cref="NotSupportedException">The type is not one of float, double, int and long.</exception>
    public static string NameOf<T>() where T : unmanaged =>
        typeof(T) == typeof(float) ? "F32"
        : typeof(T) == typeof(double) ? "F64"
        : typeof(T) == typeof(int) ? "I32"
        : typeof(T) == typeof(long) ? "I64"
        : throw new NotSupportedException($"Tensors of {typeof(T)} cannot be stored; use float, double, int or long.");

    /// <summary>The bytes of one element, or 0 when the type is not supported.</summary>
    public static int SizeOf(string name) => name switch
    {
        "F32" or "I32" => sizeof(int),
        "F64" or "I64" => sizeof(long),
        _ => 0,
    };

    /// <summary>Refuses hosts whose numbers in memory are not laid out as in the file.</summary>
    /// <exception cref="PlatformNotSupportedException">The host is big-endian.</exception>
    public static void RequireLittleEndianHost()
    {
        if (!BitConverter.IsLittleEndian)
        {
            throw new PlatformNotSupportedException("Model files can be read and written on little-endian machines only.");
        }
    }
}
