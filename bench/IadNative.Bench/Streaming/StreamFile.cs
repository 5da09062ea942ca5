using Parquet;
using Parquet.Schema;

namespace IadNative.Bench.Streaming;

/// <summary>A table as large as one likes: rows of ten float32 numbers, of which one row in a hundred lies far from the others.</summary>
internal static class StreamFile
{
    public const int Columns = 10;

    private const int GroupRows = 1_000_000;

    /// <summary>Writes a Parquet file in groups of a million rows, packed with snappy.</summary>
    public static async Task WriteAsync(string path, long rows)
    {
        DataField<float>[] fields = [.. Enumerable.Range(1, Columns).Select(i => new DataField<float>($"x{i}"))];
        await using FileStream file = File.Create(path);
        ParquetWriter writer = await ParquetWriter.CreateAsync(new ParquetSchema(fields), file, new ParquetOptions { CompressionMethod = CompressionMethod.Snappy });
        await using (writer)
        {
            float[] cells = new float[GroupRows];
            for (long start = 0; start < rows; start += GroupRows)
            {
                int count = (int)Math.Min(GroupRows, rows - start);
                using ParquetRowGroupWriter group = writer.CreateRowGroup();
                for (int column = 0; column < Columns; column++)
                {
                    for (int i = 0; i < count; i++) cells[i] = Cell(start + i, column);
                    await group.WriteAsync<float>(fields[column], cells.AsMemory(0, count));
                }
            }
        }
    }

    // About normal: a sum of four bytes of a hashed counter, as many columns of one factor.
    private static float Cell(long row, int column)
    {
        float factor = Noise(((ulong)row << 8) | 0xFF), own = Noise(((ulong)row << 8) | (uint)column);
        return (row % 100 == 99 ? 3 * own : ((column % 2 == 0 ? factor : -factor) + (0.5f * own))) + column;
    }

    private static float Noise(ulong counter)
    {
        ulong x = (counter + 1) * 0x9E3779B97F4A7C15;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        x ^= x >> 31;
        float sum = (uint)(x & 0xFFFF) + (float)(uint)((x >> 16) & 0xFFFF) + (uint)((x >> 32) & 0xFFFF) + (uint)(x >> 48);
        return (sum - 131_070) / 37_837;
    }
}
