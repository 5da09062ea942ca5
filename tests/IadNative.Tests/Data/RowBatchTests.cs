using System.IO.Compression;
using System.Text;
using IadNative.Tests.Cli;
using IadNative.Tests.Data.Columnar;
using IadNative.Tests.Detectors;

namespace IadNative.Tests.Data;

/// <summary>Tables that are read batch by batch.</summary>
public sealed class RowBatchTests
{
    private const int Rows = 9_001;

    private static IEnumerable<TestCaseData> Sources()
    {
        double[] cells = [.. Enumerable.Range(0, 2 * Rows).Select(i => i / 4.0)];
        string csv = "a,b,name,kind\n" + string.Concat(Enumerable.Range(0, Rows).Select(i =>
            FormattableString.Invariant($"{cells[2 * i]},{cells[(2 * i) + 1]},n{i},{(i % 3 == 0 ? "normal" : "odd")}\n")));
        string json = string.Concat(Enumerable.Range(0, Rows).Select(i =>
            FormattableString.Invariant($"{{\"a\":{cells[2 * i]},\"b\":{cells[(2 * i) + 1]},\"name\":\"n{i}\",\"kind\":{i % 2}}}\n")));
        string libsvm = string.Concat(Enumerable.Range(0, Rows).Select(i =>
            FormattableString.Invariant($"{(i % 5 == 0 ? -1 : 1)} 1:{cells[2 * i]} 2:{cells[(2 * i) + 1]}\n")));
        byte[] npy = Files.Npy("<f8", $"({Rows}, 2)", cells), labels = Files.Npy("<f8", $"({Rows},)", [.. Enumerable.Range(0, Rows).Select(i => (double)(i % 2))]);
        var mat = new MatFile();
        double[] byColumn = [.. Enumerable.Range(0, 2 * Rows).Select(i => cells[(i % Rows * 2) + (i / Rows)])];
        DatasetReadOptions named = new() { Label = "kind", Id = "name" };
        ParquetFile parquet = new ParquetFile().Add("a", Of(i => (float)cells[2 * i])).Add("b", Of(i => cells[(2 * i) + 1]))
            .Add("name", Of(i => $"n{i}")).Add("kind", Of(i => i % 2));
        byte[] arrow = new ArrowFile().Add("a", Batches(cells[..Rows])).Add("b", Batches(cells[Rows..])).Write(asFile: true);
        yield return Case("csv", Encoding.UTF8.GetBytes(csv), named);
        yield return Case("csv with categories and dropped rows", Encoding.UTF8.GetBytes(csv.Replace("\n1.5,", "\n?,", StringComparison.Ordinal)),
            new DatasetReadOptions { Categorical = ["kind"], Id = "name", Missing = MissingValues.Drop, MissingTokens = ["?"], Drop = ["b"] });
        yield return Case("csv gzip", Files.Gzip(Encoding.UTF8.GetBytes(csv)), named);
        yield return Case("json", Encoding.UTF8.GetBytes(json), named);
        yield return Case("libsvm", Encoding.UTF8.GetBytes(libsvm), new DatasetReadOptions());
        yield return Case("npy", npy, new DatasetReadOptions());
        yield return Case("npz with labels", Files.Npz(CompressionLevel.Fastest, ("X.npy", npy), ("y.npy", labels)), new DatasetReadOptions());
        yield return Case("mat", mat.File(mat.Array("X", Rows, 2, byColumn)), new DatasetReadOptions());
        yield return Case("parquet", parquet.Write(rowsOfGroup: 2_500), named);
        yield return Case("arrow", arrow, new DatasetReadOptions());
        yield return Case("png", PngFile.Grey(4, 3, (y, x) => y + x), new DatasetReadOptions());

        static T[] Of<T>(Func<int, T> cell) => [.. Enumerable.Range(0, Rows).Select(cell)];

        static Apache.Arrow.IArrowArray[] Batches(double[] cells) =>
            [.. cells.Chunk(3_000).Select(chunk => (Apache.Arrow.IArrowArray)ArrowFile.Doubles([.. chunk.Select(cell => (double?)cell)]))];

        static TestCaseData Case(string name, byte[] file, DatasetReadOptions options) =>
            new TestCaseData(file, options with { Formats = Tables.Options.Formats }).SetArgDisplayNames(name);
    }

    [Test]
    public void After_a_failure_every_further_call_fails_the_same([Values(1, 2)] int threads)
    {
        using var folder = new TestFolder();
        File.WriteAllText(folder.File("bad.csv"), "a,b\n1,2\n3,x\n4,5\n");
        byte[] parquet = new ParquetFile().Add("a", Enumerable.Range(0, 20_000).Select(i => i / 3.0).ToArray())
            .Add("b", Enumerable.Range(0, 20_000).Select(i => i / 7.0).ToArray()).Write(rowsOfGroup: 5_000);
        for (int i = 0; i < 64; i++) parquet[(parquet.Length / 2) + i] ^= 0x5A;
        File.WriteAllBytes(folder.File("bad.parquet"), parquet);
        foreach (string name in (string[])["bad.csv", "bad.parquet"])
        {
            using RowBatchReader reader = DatasetReader.OpenBatches(folder.File(name), Tables.Options with { Threads = threads, Missing = MissingValues.Error });
            RowBatch batch = reader.CreateBatch();
            string first = Assert.Throws<DataFormatException>(() => { while (reader.Read(batch)) { } })!.Message;
            for (int again = 0; again < 3; again++) Assert.That(() => reader.Read(batch), Throws.TypeOf<DataFormatException>().With.Message.EqualTo(first), name);
            Assert.That(() => reader.IsAnomaly("x"), Throws.InvalidOperationException);
        }
    }

    [TestCaseSource(nameof(Sources))]
    public void Batches_hold_what_the_whole_table_does(byte[] file, DatasetReadOptions options)
    {
        using var folder = new TestFolder();
        File.WriteAllBytes(folder.File("data"), file);
        var whole = DatasetReader.Read(folder.File("data"), options);
        using RowBatchReader fromPath = DatasetReader.OpenBatches(folder.File("data"), options);
        AssertSame(fromPath, whole);
        using var stream = new MemoryStream(file);
        using (RowBatchReader fromStream = DatasetReader.OpenBatches(stream, "data", options)) AssertSame(fromStream, whole);
        Assert.That(stream.CanRead, "the stream stays open");
    }

    [Test]
    public void Batches_in_the_columns_of_a_detector_have_the_scores_of_the_table()
    {
        using var folder = new TestFolder();
        AnomalyDetector detector = AnomalyDetector.Fit(DatasetReader.Read(folder.WriteCsv(), new DatasetReadOptions { Label = "label" }), SyntheticData.Quick()).Detector;
        string[] lines = File.ReadAllLines(folder.File("data.csv"));
        File.WriteAllLines(folder.File("moved.csv"), lines.Select(line => line.Split(',')).Select(cells => $"{cells[3]},{cells[1]},{cells[0]},{cells[2]},{cells[4]}"));
        float[] expected = detector.Score(DatasetReader.Read(folder.File("moved.csv"), new DatasetReadOptions { Label = "label" }));
        using RowBatchReader reader = detector.OpenBatches(folder.File("moved.csv"));
        Assert.That(reader.Features, Is.EqualTo(detector.Columns));
        Assert.That(reader.Notes, Has.Some.Contains("'label'"));
        RowBatch batch = reader.CreateBatch();
        var scores = new List<float>();
        while (reader.Read(batch))
        {
            float[] own = new float[batch.Count];
            detector.Score(batch.Rows, own);
            scores.AddRange(own);
        }

        Assert.That(scores, Is.EqualTo(expected));
        Assert.That(() => detector.OpenBatches(new MemoryStream("p,q\n1,2\n"u8.ToArray()), "other"), Throws.TypeOf<DataFormatException>());
        Assert.That(() => detector.OpenBatches(new MemoryStream(PngFile.Grey(2, 2, (y, x) => y)), "image"),
            Throws.TypeOf<DataFormatException>().With.Message.Contains("images"));
    }

    [Test]
    public void What_a_label_means_is_known_at_the_end()
    {
        using RowBatchReader reader = Open("a,kind\n1,normal\n2,odd\n", new DatasetReadOptions { Label = "kind" });
        Assert.That(() => reader.IsAnomaly("odd"), Throws.InvalidOperationException);
        RowBatch batch = reader.CreateBatch();
        Assert.That(reader.Read(batch));
        Assert.That(batch.Labels.ToArray(), Is.EqualTo(new[] { "normal", "odd" }));
        Assert.That(() => reader.IsAnomaly("odd"), Throws.InvalidOperationException);
        Assert.That(reader.Read(batch), Is.False);
        Assert.That((reader.IsAnomaly("normal"), reader.IsAnomaly("odd")), Is.EqualTo((false, true)));
        Assert.That(() => reader.IsAnomaly("other"), Throws.ArgumentException);
    }

    [Test]
    public void Other_batches_samples_and_closed_readers_are_refused()
    {
        using RowBatchReader one = Open("a\n1\n"), other = Open("a\n1\n");
        Assert.That(() => one.Read(other.CreateBatch()), Throws.ArgumentException);
        RowBatch batch = one.CreateBatch();
        one.Dispose();
        Assert.That(() => one.Read(batch), Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => Open("a\n1\n", new DatasetReadOptions { Sample = 1 }), Throws.ArgumentException);
        Assert.That(() => Open("a\nx\n1\n", new DatasetReadOptions { Threads = -1 }), Throws.ArgumentException);
    }

    private static RowBatchReader Open(string text, DatasetReadOptions? options = null) =>
        DatasetReader.OpenBatches(new MemoryStream(Encoding.UTF8.GetBytes(text)), "file", options);

    private static void AssertSame(RowBatchReader reader, Dataset whole)
    {
        RowBatch batch = reader.CreateBatch();
        var cells = new List<double>();
        var sources = new List<long>();
        List<string> ids = [], labels = [];
        Assert.That(batch.Count, Is.Zero);
        while (reader.Read(batch))
        {
            Assert.That(batch.Rows.Length, Is.EqualTo(batch.Count * batch.Columns));
            cells.AddRange(batch.Rows);
            sources.AddRange(batch.SourceRows);
            ids.AddRange(batch.Ids);
            labels.AddRange(batch.Labels);
        }

        double[] expected = new double[whole.Rows * whole.Columns];
        for (int i = 0; i < whole.Rows; i++) whole.CopyRow(i, expected.AsSpan(i * whole.Columns, whole.Columns));
        // A data set keeps float32 where that tells the values apart.
        Assert.That(cells.Select(cell => (float)cell), Is.EqualTo(expected.Select(cell => (float)cell)));
        Assert.That(sources, Is.EqualTo(whole.SourceRows));
        Assert.That(ids, Is.EqualTo(whole.Ids ?? []));
        Assert.That(reader.HasLabels ? labels.Select(reader.IsAnomaly) : null, Is.EqualTo(whole.Labels));
        Assert.That(reader.Features, Is.EqualTo(whole.Features));
        Assert.That(reader.MissingCells, Is.EqualTo(whole.MissingCells));
        Assert.That((batch.Count, batch.Rows.Length, batch.Labels.Length), Is.EqualTo((0, 0, 0)));
    }
}
