using System.Runtime.InteropServices;
using System.Text;

namespace IadNative.Cuda.Interop;

/// <summary>An array of strings as C reads it, valid until disposed.</summary>
internal sealed unsafe class Utf8Strings : IDisposable
{
    private readonly nint[] _strings;
    private readonly byte** _array;

    public Utf8Strings(IReadOnlyCollection<string> strings)
    {
        _strings = [.. strings.Select(Marshal.StringToCoTaskMemUTF8)];
        _array = (byte**)NativeMemory.Alloc((nuint)int.Max(1, _strings.Length), (nuint)sizeof(byte*));
        for (int i = 0; i < _strings.Length; i++)
            _array[i] = (byte*)_strings[i];
    }

    /// <summary>Its first element.</summary>
    public byte** Pointer => _array;

    /// <summary>One string with its closing zero.</summary>
    public static byte[] ZeroTerminated(string text) => Encoding.UTF8.GetBytes(text + '\0');

    /// <summary>Reads a string that C owns; null gives an empty one.</summary>
    public static string Read(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? "";

    public void Dispose()
    {
        foreach (nint text in _strings)
            Marshal.FreeCoTaskMem(text);
        NativeMemory.Free(_array);
    }
}
