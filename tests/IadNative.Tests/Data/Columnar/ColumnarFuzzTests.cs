using Apache.Arrow.Ipc;
using global::Parquet;
using IadNative.Data.Formats;
using IadNative.Messages;
using IadNative.Tests.Fuzzing;

namespace IadNative.Tests.Data.Columnar;

/// <summary>
/// Damaged Parquet and Arrow: each file is read or refused with the documented exception, and none takes more memory than the limits
/// allow, whatever it announces.
/// </summary>
[TestFixture(1_000)]
[TestFixture(5_000, Category = "Slow")]
[TestFixture(80_000, Category = "Nightly")]
public class ColumnarFuzzTests(int filesPerFormat)
{
    // Buffers are as large as a page says that it is, up to this.
    private const long Floor = 4 << 20;
    private const long AllocationFloor = 16 << 20;

    private static readonly ReaderLimits s_limits = ReaderLimits.Default with { InflatedFloor = Floor, InflatedRatio = 100 };
    private static readonly string s_files = Path.Combine(AppContext.BaseDirectory, "Data", "Columnar", "Files");

    [TestCase(CompressionMethod.None)]
    [TestCase(CompressionMethod.Snappy)]
    [TestCase(CompressionMethod.Zstd)]
    [TestCase(CompressionMethod.Gzip)]
    [TestCase(CompressionMethod.Lz4Raw)]
    [CancelAfter(1_200_000)]
    public void Parquet(CompressionMethod method, CancellationToken ct) => Check(
    [
        new ParquetFile().Add("a", Cells(x => x)).Add("b", Cells(x => x % 3 == 1 ? (double?)null : x)).Add("c", Cells(x => x % 2 == 0))
            .Add("t", Cells(x => x % 5 == 2 ? null : $"level {x % 4}")).Write(20, method),
    ], ["t"], ct);

    [CancelAfter(1_200_000)]
    [TestCase("delta", "delta-v2")]
    [TestCase("v1-lz4hadoop", "v2-brotli")]
    [TestCase("v2-snappy", "crc")]
    public void Parquet_of_another_writer(string first, string second, CancellationToken ct) =>
        Check([.. new[] { first, second }.Select(name => File.ReadAllBytes(Path.Combine(s_files, name + ".parquet")))], ["text", "id"], ct);

    [Test, CancelAfter(1_200_000)]
    public void Arrow(
        [Values] bool asFile, [Values(null, CompressionCodecType.Lz4Frame, CompressionCodecType.Zstd)] CompressionCodecType? codec,
        CancellationToken ct) =>
        Check(
        [
            new ArrowFile().Add("a", ArrowFile.Doubles([.. Cells(x => x % 3 == 1 ? (double?)null : x)]), ArrowFile.Doubles(1, 2))
                .Add("c", ArrowFile.Booleans([.. Cells(x => (bool?)(x % 2 == 0))]), ArrowFile.Booleans(true, null))
                .Add("t", ArrowFile.Texts([.. Cells(x => x % 5 == 2 ? null : $"level {x % 4}")]), ArrowFile.Texts("a", "b"))
                .Write(asFile, codec),
        ], ["t"], ct);

    private static T[] Cells<T>(Func<int, T> cell) => [.. Enumerable.Range(0, 45).Select(cell)];

    private void Check(byte[][] seeds, string[] categorical, CancellationToken ct)
    {
        var (read, refused) = (0, 0);
        for (int i = 0; i < filesPerFormat; i++)
        {
            byte[] seed = seeds[i % seeds.Length];
            bool isSeed = i < seeds.Length;
            byte[] file = isSeed ? seed : Mutator.Mutate(seed, i);
            DatasetReadOptions options = Tables.Options with { Categorical = categorical, Label = !isSeed && i % 5 == 4 ? "1" : null };
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                var data = DatasetReader.Read(new MemoryStream(file), "file", options, s_limits, ct);
                Assert.That(data.Values, Has.Length.EqualTo(data.Rows * data.Columns).And.Length.GreaterThan(0));
                read++;
            }
            catch (DataFormatException e)
            {
                Assert.That(isSeed, Is.False, $"the seed itself: {e}");
                Assert.That(e.Message, Does.StartWith("file"), $"file {i}");
                if (Refusal.Fault(e.Message, ForeignText.LongestMessage, mayBreakLines: true) is { } fault) Assert.Fail($"file {i}: {fault}");
                refused++;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                Assert.Fail($"File {i} ended in an undocumented exception: {e}");
            }

            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.That(allocated, Is.LessThan(AllocationFloor + 400L * file.Length), $"bytes allocated for file {i}");
        }

        TestContext.Out.WriteLine($"{read} read, {refused} refused");
        Assert.That(read, Is.GreaterThan(0), "files that were still read");
        Assert.That(refused, Is.GreaterThan(filesPerFormat / 10), "files that were refused");
    }
}
