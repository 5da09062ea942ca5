using System.Security.Cryptography;
using System.Text;

namespace IadNative.Fleet;

/// <summary>SHA-256 as 64 lower-case hexadecimal digits.</summary>
internal static class Digest
{
    /// <summary>Digits of a digest.</summary>
    public const int Length = 2 * SHA256.HashSizeInBytes;

    /// <summary>Of bytes.</summary>
    public static string Of(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(SHA256.HashData(content));

    /// <summary>Of a text in UTF-8.</summary>
    public static string Of(string text) => Of(Encoding.UTF8.GetBytes(text));

    /// <summary>Whether a text is one.</summary>
    public static bool IsOne(string? text) => text is { Length: Length } && text.All(char.IsAsciiHexDigitLower);

    /// <summary>Refuses what is none.</summary>
    /// <exception cref="ArgumentException">It is none.</exception>
    public static void Require(string? text, string parameter)
    {
        ArgumentNullException.ThrowIfNull(text, parameter);
        if (!IsOne(text)) throw new ArgumentException($"A SHA-256 of {Length} lower-case hexadecimal digits is needed.", parameter);
    }
}
