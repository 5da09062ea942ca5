using System.Globalization;
using System.IO.Compression;
using System.Text;
using IadNative.Data;
using IadNative.Data.Formats;
using IadNative.Data.Reading;

namespace IadNative.Tests.Data;

/// <summary>Reading block by block.</summary>
public class StreamingTests
{
    private const int Rows = 10_000;
    private static readonly double[] s_values = [.. Enumerable.Range(0, 3 * Rows).Select(i => i / 4.0)];

    private static IEnumerable<TestCaseData> Sources()
    {
        string csv = string.Concat(s_values.Chunk(3).Select(row => FormattableString.Invariant($"{row[0]},{row[1]},{row[2]}\n")));
        byte[] npy = Files.Npy("<f8", "(10000, 3)", s_values);
        double[] byColumn = [.. Enumerable.Range(0, 3 * Rows).Select(i => s_values[(i % Rows * 3) + (i / Rows)])];
        var mat = new MatFile();
        yield return new TestCaseData(Encoding.UTF8.GetBytes(csv)).SetArgDisplayNames("csv");
        yield return new TestCaseData(Files.Gzip(Encoding.UTF8.GetBytes(csv))).SetArgDisplayNames("csv gzip");
        yield return new TestCaseData(npy).SetArgDisplayNames("npy");
        yield return new TestCaseData(Files.Gzip(npy)).SetArgDisplayNames("npy gzip");
        yield return new TestCaseData(Files.Npy("<f8", "(10000, 3)", byColumn, fortran: true)).SetArgDisplayNames("npy fortran");
        yield return new TestCaseData(Files.Npz(CompressionLevel.Fastest, ("X.npy", npy))).SetArgDisplayNames("npz");
        yield return new TestCaseData(mat.File(mat.Array("X", Rows, 3, byColumn))).SetArgDisplayNames("mat");
        yield return new TestCaseData(Encoding.UTF8.GetBytes("[" + csv.TrimEnd().Replace("\n", "]\n[", StringComparison.Ordinal) + "]")).SetArgDisplayNames("json");
    }

    [TestCaseSource(nameof(Sources))]
    public void Blocks_hold_all_rows_in_their_order(byte[] file)
    {
        using TableReader reader = Open(new MemoryStream(file));
        var block = new RowBlock(3);
        var rows = new List<double>();
        var sources = new List<long>();
        while (reader.Read(block))
        {
            Assert.That(block.Rows, Is.InRange(1, block.Capacity));
            rows.AddRange(block.Filled);
            sources.AddRange(block.SourceRows.AsSpan(0, block.Rows));
        }

        Assert.That(rows, Is.EqualTo(s_values));
        Assert.That(sources, Is.EqualTo(Enumerable.Range(0, Rows).Select(i => (long)i)));
        Assert.That((reader.Read(block), block.Rows), Is.EqualTo((false, 0)), "the end stays the end");
    }

    [Test]
    public void A_refused_cell_anywhere_lists_all_there_are()
    {
        string text = string.Concat(Enumerable.Range(0, Rows).Select(i => i is 10 or 9000 ? "x,1\n" : $"{i},1\n"));
        using TableReader reader = Open(new MemoryStream(Encoding.UTF8.GetBytes(text)));
        Assert.That(() => reader.Read(new RowBlock(2)), Throws.TypeOf<DataFormatException>().With.Message.Contain("row 11 (line 11)")
            .And.Message.Contain("row 9001 (line 9001)"));
    }

    [Test]
    public void A_block_is_bounded_in_rows_and_cells()
    {
        Assert.That(new RowBlock(2).Capacity, Is.EqualTo(4096));
        Assert.That(new RowBlock(1000).Capacity, Is.EqualTo(1048));
        Assert.That(new RowBlock(2_000_000).Capacity, Is.EqualTo(1));
    }

    [Test]
    public void Reading_takes_no_more_memory_for_more_rows()
    {
        long few = AllocatedFor(20_000), many = AllocatedFor(200_000);
        Assert.That(many - few, Is.LessThan(200_000), "bytes for 180,000 rows more");

        static long AllocatedFor(int rows)
        {
            using TableReader reader = Open(new Repeated("1.25,2.5,x\n"u8.ToArray(), rows), new DatasetReadOptions { Categorical = ["3"] });
            var block = new RowBlock(3);
            reader.Read(block);
            long before = GC.GetAllocatedBytesForCurrentThread();
            while (reader.Read(block))
            {
            }

            Assert.That(reader.RowsMet, Is.EqualTo(rows));
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    [Test]
    public void The_stream_is_closed_only_where_the_reader_owns_it([Values] bool owns)
    {
        var stream = new MemoryStream("1,2\n"u8.ToArray());
        DatasetReader.Open(stream, "file", new ReadRequest(new(), ReaderLimits.Default), owns, default).Dispose();
        Assert.That(stream.CanRead, Is.EqualTo(!owns));
    }

    private static TableReader Open(Stream stream, DatasetReadOptions? options = null) =>
        DatasetReader.Open(stream, "file", new ReadRequest(options ?? new DatasetReadOptions(), ReaderLimits.Default), ownsStream: true, default);

    /// <summary>The same line again and again.</summary>
    private sealed class Repeated(byte[] line, int times) : MemoryStream
    {
        private long _given;

        public override bool CanSeek => false;

        public override int Read(Span<byte> buffer)
        {
            int count = (int)Math.Min(buffer.Length, ((long)line.Length * times) - _given);
            for (int i = 0; i < count; i++) buffer[i] = line[(int)((_given + i) % line.Length)];
            _given += count;
            return count;
        }
    }
}
