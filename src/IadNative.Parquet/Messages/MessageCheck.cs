namespace IadNative.Parquet.Messages;

/// <summary>
/// What a message announces, checked before Arrow's reader allocates for it: lengths of vectors, the depth and number of fields, and
/// the order of bytes.
/// </summary>
internal static class MessageCheck
{
    private const int MostDepth = 64;
    private const int MostFields = 1 << 20;

    // Kinds of messages, and numbers of fields, as the format has them.
    private const int Schema = 1, DictionaryBatch = 2, RecordBatch = 3;

    /// <summary>Checks one message.</summary>
    /// <param name="metadata">Its metadata.</param>
    /// <returns>The bytes of its body.</returns>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    /// <exception cref="NotSupportedException">It is not read.</exception>
    public static long BodyLength(ReadOnlySpan<byte> metadata)
    {
        var message = FlatTable.Root(metadata);
        int kind = message.Byte(1);
        if (message.TryTable(2, out FlatTable header))
        {
            if (kind == Schema) CheckSchema(header);
            else if (kind == RecordBatch) CheckBatch(header);
            else if (kind == DictionaryBatch && header.TryTable(1, out FlatTable values)) CheckBatch(values);
        }

        long length = message.Int64(3);
        // Arrow's reader passes over no body of a schema.
        return length >= 0 && (kind != Schema || length == 0) ? length : throw new InvalidDataException("A message's body has no length.");
    }

    private static void CheckSchema(FlatTable schema)
    {
        if (schema.Int16(0) != 0) throw new NotSupportedException("its numbers have the high byte first");
        int left = MostFields;
        CheckFields(schema, vector: 1, ref left, depth: 1);
        schema.Vector(2, 4, out _);
    }

    private static void CheckFields(FlatTable parent, int vector, ref int left, int depth)
    {
        int count = parent.Vector(vector, 4, out int first);
        if (depth > MostDepth || (left -= count) < 0) throw new InvalidDataException("A schema has more fields than any real one.");
        for (int i = 0; i < count; i++)
        {
            FlatTable field = parent.Element(first, i);
            field.Vector(6, 4, out _);
            CheckFields(field, vector: 5, ref left, depth + 1);
        }
    }

    private static void CheckBatch(FlatTable batch)
    {
        const int NodeBytes = 16, BufferBytes = 16, CountBytes = 8;
        batch.Vector(1, NodeBytes, out _);
        int buffers = batch.Vector(2, BufferBytes, out _);
        int counts = batch.Vector(4, CountBytes, out int first);
        for (int i = 0; i < counts; i++)
        {
            long count = batch.Int64Element(first, i);
            if (count < 0 || count > buffers) throw new InvalidDataException("A batch lacks buffers.");
        }
    }
}
