using System.IO.Compression;
using System.Text;
using IadNative.Data;
using IadNative.Messages;
using IadNative.Tests.Fuzzing;

namespace IadNative.Tests.Data;

/// <summary>
/// Damaged files of every format, more than a million at night: each is read or refused with the documented exception, and
/// none allocates more than its size justifies. A cancellation that is far off ends a reader that would hang.
/// </summary>
[TestFixture(1_000)]
[TestFixture(10_000, Category = "Slow")]
[TestFixture(80_000, Category = "Nightly")]
public class FuzzTests(int filesPerFormat)
{
    private const long AllocationFloor = 16 << 20;
    private const long AllocationPerByte = 400;

    private static readonly double[] s_values = [.. Enumerable.Range(0, 60).Select(i => i * 1.25)];
    private static readonly double[] s_labels = [.. Enumerable.Range(0, 10).Select(i => (double)(i % 2))];

    [Test, CancelAfter(600_000)]
    public void Csv(CancellationToken ct)
    {
        string numbers = Files.Csv(Array.ConvertAll(s_values, x => (float)x), 6);
        Check([Text("a,b,c,d,e,label\n" + numbers), Text(numbers), Text("\"a;\";b\r\n\"1\";NA\r\n3;4\r\n\r\n")], bytes => bytes, ct);
    }

    [Test, CancelAfter(600_000)]
    public void Odd_csv(CancellationToken ct) => Check(
    [
        Text("sep=;\na;b;c\n1,5;2;true\n2,25;3;false\n"), Text(",0,1,2\n0,1.5,NA,2\n1,2,3,4\n"), Text("2019,2020,2021\n1.5,2,9\n"),
        [.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes("a,b\n1,2\n\"3\",4\n")],
    ], bytes => bytes, ct);

    [Test, CancelAfter(600_000)]
    public void Json_lines(CancellationToken ct) => Check(
    [
        Text("{\"a\":1,\"b\":2.5}\n{\"a\":null,\"b\":\"4\"}\n{\"b\":3,\"a\":-1e3}\n"), Text("[1,2]\n[3,4]\n\n[5,null]\n"),
    ], bytes => bytes, ct);

    [Test, CancelAfter(600_000)]
    public void Libsvm(CancellationToken ct) => Check([Text("0 1:1.5 3:-2 # c\n1 4:1e2\n0\n1 1:1 2:2 3:3 4:4\n")], bytes => bytes, ct);

    [Test, CancelAfter(600_000)]
    public void Zstd_and_zip_of_csv(CancellationToken ct)
    {
        byte[] csv = Text("a,b,c,d,e,label\n" + Files.Csv(Array.ConvertAll(s_values, x => (float)x), 6));
        Check([Files.Zstd(csv), Files.Npz(CompressionLevel.Optimal, ("a.csv", csv))], bytes => bytes, ct);
    }

    [Test, CancelAfter(600_000)]
    public void Packed_csv(CancellationToken ct) =>
        Check([Files.Gzip(Text("a,b,c,d,e,label\n" + Files.Csv(Array.ConvertAll(s_values, x => (float)x), 6)))], bytes => bytes, ct);

    [Test, CancelAfter(600_000)]
    public void Npy(CancellationToken ct) => Check(
    [
        Files.Npy("<f8", "(10, 6)", s_values), Files.Npy(">f4", "(10, 6)", s_values, fortran: true, version: 2),
        Files.Npy("|u1", "(10, 6)", s_values, version: 3),
    ], bytes => bytes, ct);

    [Test, CancelAfter(600_000)]
    public void Npz(CancellationToken ct)
    {
        (string, byte[])[] arrays = [("X.npy", Files.Npy("<f8", "(10, 6)", s_values)), ("y.npy", Files.Npy("|u1", "(10,)", s_labels))];
        Check([Files.Npz(CompressionLevel.NoCompression, arrays), Files.Npz(CompressionLevel.Optimal, arrays)], bytes => bytes, ct);
    }

    [Test, CancelAfter(600_000)]
    public void Npz_of_damaged_arrays(CancellationToken ct) => Check([Files.Npy("<f8", "(10, 6)", s_values)],
        bytes => Files.Npz(CompressionLevel.Fastest, ("X.npy", bytes), ("y.npy", Files.Npy("|u1", "(10,)", s_labels))), ct);

    [Test, CancelAfter(600_000)]
    public void Mat(CancellationToken ct)
    {
        var (little, big) = (new MatFile(), new MatFile(bigEndian: true));
        Check(
        [
            little.File(little.Array("X", 10, 6, s_values), little.Array("y", 10, 1, s_labels, "u1")),
            big.File(big.Array("y", 10, 1, s_labels, "u1"), big.Array("X", 10, 6, s_values, "f4")),
            little.File(little.Compressed(little.Array("X", 10, 6, s_values)), little.Compressed(little.Array("y", 10, 1, s_labels))),
        ], bytes => bytes, ct);
    }

    [Test, CancelAfter(600_000)]
    public void Mat_of_damaged_compressed_variables(CancellationToken ct)
    {
        var mat = new MatFile();
        Check([mat.Array("X", 10, 6, s_values)], bytes => mat.File(mat.Compressed(bytes), mat.Array("y", 10, 1, s_labels)), ct);
    }

    [Test, CancelAfter(600_000)]
    public void Gzip_around_damaged_binary_files(CancellationToken ct)
    {
        var mat = new MatFile();
        Check([Files.Npy("<f8", "(10, 6)", s_values), mat.File(mat.Array("X", 10, 6, s_values), mat.Array("y", 10, 1, s_labels))],
            Files.Gzip, ct);
    }

    [Test, CancelAfter(600_000)]
    public void Idx(CancellationToken ct) => Check(
    [
        IdxFile.Bytes([5, 3, 4], s_values), IdxFile.File(0x0D, "f4", [5, 3, 4], s_values), IdxFile.File(0x0B, "i2", [10, 6], s_values),
    ], bytes => bytes, ct);

    [Test, CancelAfter(600_000)]
    public void Packed_idx(CancellationToken ct) => Check([Files.Gzip(IdxFile.Bytes([5, 3, 4], s_values))], bytes => bytes, ct);

    [Test, CancelAfter(600_000)]
    public void Png(CancellationToken ct) => Check(PngSeeds(), bytes => bytes, ct);

    [Test, CancelAfter(600_000)]
    public void Png_of_damaged_chunks_with_right_checksums(CancellationToken ct) => Check(PngSeeds(), PngFile.WithRightChecksums, ct);

    [Test, CancelAfter(600_000)]
    public void Png_of_damaged_rows(CancellationToken ct) => Check(
        [[.. Enumerable.Range(0, 7 * 8).Select(i => (byte)(i % 8 == 0 ? i / 8 % 5 : i))]],
        rows => PngFile.Assemble(PngFile.Header(7, 7), ("IDAT", Files.Zlib(rows)), ("IEND", [])), ct);

    private static byte[][] PngSeeds() =>
    [
        PngFile.Grey(10, 6, (y, x) => (17 * y) ^ (40 * x)),
        PngFile.Write(5, 6, 4, 3, [.. Enumerable.Range(0, 15).Select(i => (byte)(17 * i))],
            ("PLTE", [.. Enumerable.Range(0, 48).Select(i => (byte)(i / 3))]), ("tRNS", [255, 255])),
        PngFile.Write(3, 2, 8, 6, [.. Enumerable.Repeat((byte)255, 24)]),
        PngFile.Write(3, 16, 1, 0, [1, 2, 3, 4, 5, 6]),
    ];

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    private void Check(byte[][] seeds, Func<byte[], byte[]> wrap, CancellationToken ct)
    {
        var (read, refused) = (0, 0);
        foreach (byte[] seed in seeds)
            Assert.That(() => DatasetReader.Read(new MemoryStream(wrap(seed)), "seed", new() { Missing = MissingValues.Drop }, ct),
                Throws.Nothing);
        for (int i = 0; i < filesPerFormat; i++)
        {
            byte[] file = wrap(Mutator.Mutate(seeds[i % seeds.Length], i));
            var options = new DatasetReadOptions { Label = i % 5 == 0 ? "-1" : null, Missing = (MissingValues)(i % 3) };
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                var data = DatasetReader.Read(new MemoryStream(file), "file", options, ct);
                Assert.That(data.Values, Has.Length.EqualTo(data.Rows * data.Columns).And.Length.GreaterThan(0));
                read++;
            }
            catch (DataFormatException e)
            {
                Assert.That(e.Message, Does.StartWith("file"), $"file {i}");
                if (Refusal.Fault(e.Message, ForeignText.LongestMessage, mayBreakLines: true) is { } fault) Assert.Fail($"file {i}: {fault}");
                refused++;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                Assert.Fail($"File {i} ended in an undocumented exception: {e}");
            }
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.That(allocated, Is.LessThan(AllocationFloor + AllocationPerByte * file.Length), $"bytes allocated for file {i}");
        }
        TestContext.Out.WriteLine($"{read} read, {refused} refused");
        Assert.That(read, Is.GreaterThan(0), "files that were still read");
        Assert.That(refused, Is.GreaterThan(filesPerFormat / 10), "files that were refused");
    }
}
