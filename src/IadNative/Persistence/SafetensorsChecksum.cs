using System.Security.Cryptography;
using System.Text;

namespace IadNative.Persistence;

/// <summary>
/// A file's SHA-256 in its own metadata: of all bytes, those of the header's length included, with zeros in place of the 64 digits.
/// Whatever bit changes later, in header, description or tensors, the file is refused.
/// </summary>
internal static class SafetensorsChecksum
{
    /// <summary>The key in the metadata.</summary>
    public const string Key = "sha256";

    /// <summary>What stands in the place of the digits while they are not known.</summary>
    public static readonly string Placeholder = new('0', 2 * SHA256.HashSizeInBytes);

    // As the writer writes it; within a text, quotes are escaped.
    private static readonly byte[] s_unsealed = Encoding.ASCII.GetBytes($"\"{Key}\":\"{Placeholder}\"");

    /// <summary>Puts the digits in place of the placeholder.</summary>
    /// <param name="prefix">The 8 bytes of the header's length.</param>
    /// <param name="header">The header, with the placeholder under <see cref="Key"/>.</param>
    /// <param name="tensors">The tensors' bytes in the order of the file.</param>
    public static void Seal(ReadOnlySpan<byte> prefix, Span<byte> header, IEnumerable<byte[]> tensors)
    {
        int entry = header.IndexOf(s_unsealed);
        Span<byte> digits = header[(entry + s_unsealed.Length - 1 - Placeholder.Length)..][..Placeholder.Length];
        Encoding.ASCII.GetBytes(Digits(prefix, header, tensors), digits);
    }

    /// <summary>Checks the digits.</summary>
    /// <param name="name">What messages call the file.</param>
    /// <param name="digits">What the metadata hold under <see cref="Key"/>.</param>
    /// <param name="prefix">The 8 bytes of the header's length.</param>
    /// <param name="header">The header; zeros are put in place of the digits.</param>
    /// <param name="tensors">The tensors' bytes in the order of the file.</param>
    /// <exception cref="ModelFormatException">The bytes are not those that were sealed.</exception>
    public static void Check(string name, string digits, ReadOnlySpan<byte> prefix, Span<byte> header, byte[] tensors)
    {
        int place = digits.Length == Placeholder.Length ? header.IndexOf(Encoding.UTF8.GetBytes(digits)) : -1;
        if (place >= 0)
        {
            header.Slice(place, Placeholder.Length).Fill((byte)'0');
            if (Digits(prefix, header, [tensors]) == digits) return;
        }

        throw SafetensorsFile.Damaged(name, "header and tensors do not have the SHA-256 that the metadata name: a bit has changed since it was saved.");
    }

    private static string Digits(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> header, IEnumerable<byte[]> tensors)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(prefix);
        hash.AppendData(header);
        foreach (byte[] tensor in tensors) hash.AppendData(tensor);
        return Convert.ToHexString(hash.GetHashAndReset()).ToLowerInvariant();
    }
}
