using System.Buffers.Binary;

namespace IadNative.Parquet.Messages;

/// <summary>
/// A table in a FlatBuffer: its fields' places are in a list of offsets before it. Just enough to check what a message announces before
/// it is believed; every access is within the bytes.
/// </summary>
/// <param name="bytes">The whole buffer.</param>
/// <param name="position">Where the table is.</param>
internal readonly ref struct FlatTable(ReadOnlySpan<byte> bytes, int position)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>The table that a buffer begins with.</summary>
    public static FlatTable Root(ReadOnlySpan<byte> bytes) => new(bytes, Follow(bytes, 0));

    /// <summary>A byte; 0 where the field is not there.</summary>
    public byte Byte(int field) => Place(field) is > 0 and var at ? Slice(at, 1)[0] : (byte)0;

    /// <summary>A short integer; 0 where the field is not there.</summary>
    public short Int16(int field) => Place(field) is > 0 and var at ? BinaryPrimitives.ReadInt16LittleEndian(Slice(at, 2)) : (short)0;

    /// <summary>A long integer; 0 where the field is not there.</summary>
    public long Int64(int field) => Place(field) is > 0 and var at ? BinaryPrimitives.ReadInt64LittleEndian(Slice(at, 8)) : 0;

    /// <summary>A table.</summary>
    /// <returns>False where the field is not there.</returns>
    public bool TryTable(int field, out FlatTable table)
    {
        int at = Place(field);
        table = at > 0 ? new FlatTable(_bytes, Follow(_bytes, at)) : default;
        return at > 0;
    }

    /// <summary>A vector, whose elements are all within the bytes.</summary>
    /// <param name="field">The field.</param>
    /// <param name="elementBytes">Bytes of an element.</param>
    /// <param name="first">The first element's place.</param>
    /// <returns>How many; 0 where the field is not there.</returns>
    public int Vector(int field, int elementBytes, out int first)
    {
        first = 0;
        int at = Place(field);
        if (at == 0) return 0;
        at = Follow(_bytes, at);
        uint count = BinaryPrimitives.ReadUInt32LittleEndian(Slice(at, 4));
        first = at + 4;
        return (long)count * elementBytes <= _bytes.Length - first ? (int)count : throw Damaged();
    }

    /// <summary>A table of a vector of tables.</summary>
    public FlatTable Element(int first, int i) => new(_bytes, Follow(_bytes, first + 4 * i));

    /// <summary>A long integer of a vector of such.</summary>
    public long Int64Element(int first, int i) => BinaryPrimitives.ReadInt64LittleEndian(Slice(first + 8 * i, 8));

    private int Place(int field)
    {
        int offsets = position - BinaryPrimitives.ReadInt32LittleEndian(Slice(position, 4));
        // Exactly as Arrow's reader does it, so that both understand the same.
        int size = BinaryPrimitives.ReadInt16LittleEndian(Slice(offsets, 2));
        int slot = 4 + 2 * field;
        if (size < 4) throw Damaged();
        if (slot >= size) return 0;
        int offset = BinaryPrimitives.ReadInt16LittleEndian(Slice(offsets + slot, 2));
        if (offset < 0) throw Damaged();
        return offset == 0 ? 0 : position + offset;
    }

    private ReadOnlySpan<byte> Slice(int at, int count) =>
        at >= 0 && at <= _bytes.Length - count ? _bytes.Slice(at, count) : throw Damaged();

    private static int Follow(ReadOnlySpan<byte> bytes, int at)
    {
        if (at < 0 || at > bytes.Length - 4) throw Damaged();
        long to = at + (long)BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);
        return to < bytes.Length ? (int)to : throw Damaged();
    }

    private static InvalidDataException Damaged() => new("A message's metadata is damaged.");
}
