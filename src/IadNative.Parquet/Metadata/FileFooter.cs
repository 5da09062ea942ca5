namespace IadNative.Parquet.Metadata;

/// <summary>What the end of a Parquet file says of it: the schema, and where the columns of each group of rows are.</summary>
/// <param name="Rows">Rows of all groups.</param>
/// <param name="Schema">The nodes, the root first and each before those below it.</param>
/// <param name="Groups">The groups of rows in their order.</param>
internal sealed record FileFooter(long Rows, SchemaElement[] Schema, RowGroup[] Groups)
{
    /// <summary>Reads one.</summary>
    /// <exception cref="EndOfStreamException">The bytes end too early.</exception>
    /// <exception cref="InvalidDataException">The bytes are none.</exception>
    public static FileFooter Read(ReadOnlySpan<byte> bytes)
    {
        var reader = new CompactReader(bytes);
        (long rows, SchemaElement[]? schema, RowGroup[]? groups) = (-1, null, null);
        for (int field = 0; reader.Next(ref field);)
        {
            switch (field)
            {
                case 2:
                    schema = new SchemaElement[reader.StructList()];
                    for (int i = 0; i < schema.Length; i++) schema[i] = SchemaElement.Read(ref reader);
                    break;
                case 3: rows = reader.Int64(); break;
                case 4:
                    groups = new RowGroup[reader.StructList()];
                    for (int i = 0; i < groups.Length; i++) groups[i] = RowGroup.Read(ref reader);
                    break;
                default: reader.Skip(); break;
            }
        }

        if (rows < 0 || schema is null or [] || groups is null) throw new InvalidDataException("The footer lacks rows, schema or groups.");
        return new FileFooter(rows, schema, groups);
    }
}

/// <summary>Some rows of a file: a chunk for each column.</summary>
/// <param name="Rows">How many.</param>
/// <param name="Chunks">One a column, those within groups of columns too, in the schema's order.</param>
internal sealed record RowGroup(long Rows, ColumnChunk[] Chunks)
{
    /// <summary>Reads one.</summary>
    public static RowGroup Read(ref CompactReader reader)
    {
        long rows = -1;
        ColumnChunk[] chunks = [];
        for (int field = 0; reader.Next(ref field);)
        {
            switch (field)
            {
                case 1:
                    chunks = new ColumnChunk[reader.StructList()];
                    for (int i = 0; i < chunks.Length; i++) chunks[i] = ColumnChunk.Read(ref reader);
                    break;
                case 3: rows = reader.Int64(); break;
                default: reader.Skip(); break;
            }
        }

        return rows >= 0 ? new RowGroup(rows, chunks) : throw new InvalidDataException("A group of rows lacks their number.");
    }
}

/// <summary>The pages of one column in one group of rows.</summary>
/// <param name="Physical">How values are stored.</param>
/// <param name="Codec">How pages are packed.</param>
/// <param name="Values">Cells, missing ones too.</param>
/// <param name="Offset">The first page's place in the file.</param>
/// <param name="IsElsewhere">Whether the chunk lies in another file, or is encrypted.</param>
internal sealed record ColumnChunk(PhysicalType Physical, PageCodec Codec, long Values, long Offset, bool IsElsewhere)
{
    /// <summary>Reads one.</summary>
    public static ColumnChunk Read(ref CompactReader reader)
    {
        bool isElsewhere = false;
        ColumnChunk? chunk = null;
        for (int field = 0; reader.Next(ref field);)
        {
            switch (field)
            {
                case 1 or 8 or 9:
                    isElsewhere = true;
                    reader.Skip();
                    break;
                case 3:
                    reader.Struct();
                    chunk = ReadMetadata(ref reader);
                    break;
                default: reader.Skip(); break;
            }
        }

        if (isElsewhere) return new ColumnChunk(0, 0, 0, 0, IsElsewhere: true);
        return chunk ?? throw new InvalidDataException("A column lacks its metadata.");
    }

    private static ColumnChunk ReadMetadata(ref CompactReader reader)
    {
        (int physical, int codec, long values, long data, long dictionary) = (-1, -1, -1, -1, 0);
        for (int field = 0; reader.Next(ref field);)
        {
            switch (field)
            {
                case 1: physical = reader.Int32(); break;
                case 4: codec = reader.Int32(); break;
                case 5: values = reader.Int64(); break;
                case 9: data = reader.Int64(); break;
                case 11: dictionary = reader.Int64(); break;
                default: reader.Skip(); break;
            }
        }

        if (values < 0 || data < 0) throw new InvalidDataException("A column lacks the number of its values, or their place.");
        return new ColumnChunk((PhysicalType)physical, (PageCodec)codec, values, dictionary > 0 && dictionary < data ? dictionary : data,
            IsElsewhere: false);
    }
}
