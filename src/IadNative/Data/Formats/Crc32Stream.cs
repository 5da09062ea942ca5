namespace IadNative.Data.Formats;

/// <summary>
/// Passes bytes on and, at their end, compares their CRC-32 (the reflected polynomial 0xEDB88320) with the expected one.
/// </summary>
internal sealed class Crc32Stream(Stream inner, uint expected) : ReadOnlyForwardStream
{
    private static readonly uint[] s_table = MakeTable();
    private uint _crc = uint.MaxValue;

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">The end is reached, and the checksum is another.</exception>
    public override int Read(Span<byte> buffer)
    {
        int got = inner.Read(buffer);
        _crc = Add(_crc, buffer[..got]);
        if (got == 0 && !buffer.IsEmpty && ~_crc != expected)
            throw new InvalidDataException("The checksum does not match.");
        return got;
    }

    /// <summary>The checksum of bytes in memory.</summary>
    public static uint Of(ReadOnlySpan<byte> bytes) => ~Add(uint.MaxValue, bytes);

    private static uint Add(uint crc, ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
            crc = s_table[(byte)(crc ^ value)] ^ (crc >> 8);
        return crc;
    }

    private static uint[] MakeTable()
    {
        uint[] table = new uint[256];
        for (uint i = 0u; i < 256; i++)
        {
            uint c = i;
            for (int bit = 0; bit < 8; bit++)
                c = (c & 1) != 0 ? 0xEDB88320 ^ (c >> 1) : c >> 1;
            table[i] = c;
        }
        return table;
    }
}
