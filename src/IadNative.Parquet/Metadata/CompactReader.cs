using System.Text;

namespace IadNative.Parquet.Metadata;

/// <summary>
/// Reads Thrift's compact protocol, in which Parquet keeps its metadata: a structure is a list of fields, each a byte with the step
/// from the number of the field before (or 0, with the number after it) and a type, and then its value; integers are variable in length.
/// </summary>
/// <param name="bytes">The bytes from the structure's first on.</param>
internal ref struct CompactReader(ReadOnlySpan<byte> bytes)
{
    private const int MostDepth = 32;
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _depth;
    private Type _type;

    /// <summary>The types that a field's value has.</summary>
    public enum Type
    {
        /// <summary>The end of a structure.</summary>
        Stop = 0,

        /// <summary>The value is the type.</summary>
        True = 1,

        /// <summary>The value is the type.</summary>
        False = 2,

        /// <summary>One byte.</summary>
        Byte = 3,

        /// <summary>An integer.</summary>
        Int16 = 4,

        /// <summary>An integer.</summary>
        Int32 = 5,

        /// <summary>An integer.</summary>
        Int64 = 6,

        /// <summary>Eight bytes.</summary>
        Double = 7,

        /// <summary>Text or bytes, their length first.</summary>
        Binary = 8,

        /// <summary>Elements of one type, their number first.</summary>
        List = 9,

        /// <summary>As a list.</summary>
        Set = 10,

        /// <summary>Pairs.</summary>
        Map = 11,

        /// <summary>Fields up to a stop.</summary>
        Struct = 12,
    }

    /// <summary>Bytes read so far.</summary>
    public int Position { get; private set; }

    /// <summary>The next field of a structure.</summary>
    /// <param name="field">The number of the one before, 0 at the start; and of this one.</param>
    /// <returns>False at the structure's end.</returns>
    public bool Next(ref int field)
    {
        byte head = Byte();
        _type = (Type)(head & 15);
        if (_type == Type.Stop) return false;
        if (_type > Type.Struct) throw Damaged();
        int step = head >> 4;
        field = step == 0 ? (short)Integer() : field + step;
        return true;
    }

    /// <summary>The field's value, a truth value.</summary>
    public bool Boolean() => _type is Type.True or Type.False ? _type == Type.True : throw Damaged();

    /// <summary>The field's value, an integer that fits into 32 bits.</summary>
    public int Int32() => Int64() is var value && value == (int)value ? (int)value : throw Damaged();

    /// <summary>The field's value, an integer.</summary>
    public long Int64() => _type switch
    {
        Type.Byte => (sbyte)Byte(),
        Type.Int16 or Type.Int32 or Type.Int64 => Integer(),
        _ => throw Damaged(),
    };

    /// <summary>The field's value, text.</summary>
    public string Text() => _type == Type.Binary ? Encoding.UTF8.GetString(Bytes(Length())) : throw Damaged();

    /// <summary>Begins the field's value, a structure; it ends where <see cref="Next"/> says so.</summary>
    public readonly void Struct()
    {
        if (_type != Type.Struct) throw Damaged();
    }

    /// <summary>Begins the field's value, a list of structures.</summary>
    /// <returns>How many; each takes a byte at least.</returns>
    public int StructList()
    {
        if (_type != Type.List) throw Damaged();
        int count = ListHead(out Type element);
        return element == Type.Struct || count == 0 ? count : throw Damaged();
    }

    /// <summary>Passes over the field's value.</summary>
    public void Skip() => Skip(_type, isElement: false);

    private void Skip(Type type, bool isElement)
    {
        if (++_depth > MostDepth) throw Damaged();
        switch (type)
        {
            case Type.True or Type.False:
                if (isElement) Byte();
                break;
            case Type.Byte:
                Byte();
                break;
            case Type.Int16 or Type.Int32 or Type.Int64:
                Integer();
                break;
            case Type.Double:
                Bytes(8);
                break;
            case Type.Binary:
                Bytes(Length());
                break;
            case Type.List or Type.Set:
                for (int count = ListHead(out Type element); count > 0; count--) Skip(element, isElement: true);
                break;
            case Type.Map:
                int pairs = Length();
                if (pairs == 0) break;
                byte types = Byte();
                for (; pairs > 0; pairs--)
                {
                    Skip((Type)(types >> 4), isElement: true);
                    Skip((Type)(types & 15), isElement: true);
                }

                break;
            case Type.Struct:
                for (int field = 0; Next(ref field);) Skip(_type, isElement: false);
                break;
            default:
                throw Damaged();
        }

        _depth--;
    }

    private int ListHead(out Type element)
    {
        byte head = Byte();
        element = (Type)(head & 15);
        int count = head >> 4 == 15 ? Length() : head >> 4;
        return count <= _bytes.Length - Position ? count : throw new EndOfStreamException();
    }

    private int Length() => Varint() is var length && length <= int.MaxValue ? (int)length : throw Damaged();

    private long Integer() => Varint() is var value ? (long)(value >> 1) ^ -(long)(value & 1) : 0;

    private ulong Varint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte next = Byte();
            value |= (ulong)(next & 127) << shift;
            if (next < 128) return value;
        }

        throw Damaged();
    }

    private byte Byte() => Position < _bytes.Length ? _bytes[Position++] : throw new EndOfStreamException();

    private ReadOnlySpan<byte> Bytes(int count)
    {
        if (count > _bytes.Length - Position) throw new EndOfStreamException();
        ReadOnlySpan<byte> taken = _bytes.Slice(Position, count);
        Position += count;
        return taken;
    }

    private static InvalidDataException Damaged() => new("The metadata is no Thrift.");
}
