namespace IadNative.Parquet.Metadata;

/// <summary>What a page holds.</summary>
internal enum PageKind
{
    /// <summary>Cells, all of it packed.</summary>
    Data = 0,

    /// <summary>An index, which is passed over.</summary>
    Index = 1,

    /// <summary>The distinct values that other pages number.</summary>
    Dictionary = 2,

    /// <summary>Cells; which of them are missing is not packed.</summary>
    DataVersion2 = 3,
}

/// <summary>How values are written in a page.</summary>
internal enum PageEncoding
{
    /// <summary>One after the other.</summary>
    Plain = 0,

    /// <summary>Numbers of a dictionary's values.</summary>
    PlainDictionary = 2,

    /// <summary>Runs.</summary>
    Runs = 3,

    /// <summary>Differences of integers.</summary>
    Differences = 5,

    /// <summary>Differences of lengths, and then all bytes.</summary>
    Lengths = 6,

    /// <summary>How much is as in the text before, and the rest.</summary>
    Prefixes = 7,

    /// <summary>Numbers of a dictionary's values.</summary>
    Dictionary = 8,

    /// <summary>All first bytes, all second bytes, and so on.</summary>
    SplitBytes = 9,
}

/// <summary>What stands before a page.</summary>
internal sealed record PageHeader
{
    /// <summary>What the page holds.</summary>
    public PageKind Kind { get; private set; } = (PageKind)(-1);

    /// <summary>Bytes once unpacked.</summary>
    public int PlainBytes { get; private set; } = -1;

    /// <summary>Bytes in the file, without this header.</summary>
    public int PackedBytes { get; private set; } = -1;

    /// <summary>The CRC-32 of the packed bytes, where it is there.</summary>
    public uint? Checksum { get; private set; }

    /// <summary>Cells, missing ones too; or values of a dictionary.</summary>
    public int Values { get; private set; } = -1;

    /// <summary>How values are written.</summary>
    public PageEncoding Encoding { get; private set; }

    /// <summary>How it is written which cells are missing.</summary>
    public PageEncoding PresenceEncoding { get; private set; } = PageEncoding.Runs;

    /// <summary>Version 2: bytes that say which cells are missing.</summary>
    public int PresenceBytes { get; private set; }

    /// <summary>Version 2: bytes that say which values belong to one cell; 0 in tables.</summary>
    public int RepetitionBytes { get; private set; }

    /// <summary>Version 2: whether values are packed at all.</summary>
    public bool IsPacked { get; private set; } = true;

    /// <summary>Reads one.</summary>
    /// <param name="bytes">From its first byte on.</param>
    /// <param name="length">Its bytes.</param>
    /// <exception cref="EndOfStreamException">The bytes end too early.</exception>
    /// <exception cref="InvalidDataException">The bytes are none.</exception>
    public static PageHeader Read(ReadOnlySpan<byte> bytes, out int length)
    {
        var reader = new CompactReader(bytes);
        var header = new PageHeader();
        for (int field = 0; reader.Next(ref field);)
        {
            switch (field)
            {
                case 1: header.Kind = (PageKind)reader.Int32(); break;
                case 2: header.PlainBytes = reader.Int32(); break;
                case 3: header.PackedBytes = reader.Int32(); break;
                case 4: header.Checksum = (uint)reader.Int32(); break;
                case 5 or 7:
                    reader.Struct();
                    header.ReadDetails(ref reader);
                    break;
                case 8:
                    reader.Struct();
                    header.ReadVersion2(ref reader);
                    break;
                default: reader.Skip(); break;
            }
        }

        length = reader.Position;
        return header is { PlainBytes: >= 0, PackedBytes: >= 0 } && (header.Kind == PageKind.Index || header.Values >= 0)
            ? header : throw new InvalidDataException("A page lacks its sizes.");
    }

    private void ReadDetails(ref CompactReader reader)
    {
        for (int field = 0; reader.Next(ref field);)
        {
            switch (field)
            {
                case 1: Values = reader.Int32(); break;
                case 2: Encoding = (PageEncoding)reader.Int32(); break;
                case 3 when Kind == PageKind.Data: PresenceEncoding = (PageEncoding)reader.Int32(); break;
                default: reader.Skip(); break;
            }
        }
    }

    private void ReadVersion2(ref CompactReader reader)
    {
        for (int field = 0; reader.Next(ref field);)
        {
            switch (field)
            {
                case 1: Values = reader.Int32(); break;
                case 4: Encoding = (PageEncoding)reader.Int32(); break;
                case 5: PresenceBytes = reader.Int32(); break;
                case 6: RepetitionBytes = reader.Int32(); break;
                case 7: IsPacked = reader.Boolean(); break;
                default: reader.Skip(); break;
            }
        }
    }
}
