using System.Text;
using IadNative.Data.Formats;
using IadNative.Data.Reading;
using IadNative.Tests.Cli;
using IadNative.Tests.Data.Columnar;

namespace IadNative.Tests.Data;

/// <summary>Samples of tables that are read once.</summary>
public sealed class RowSampleTests
{
    [Test]
    public void A_sample_is_the_rows_with_the_smallest_keys_in_the_order_of_the_source([Values(1, 2, 99, 4_096, 9_999)] int size)
    {
        int[] expected = [.. Enumerable.Range(0, 10_000).OrderBy(row => RowSample.KeyOf(7, row)).Take(size).Order()];
        Dataset sample = Read(Numbers(10_000), size, seed: 7);
        Assert.That(sample.SourceRows, Is.EqualTo(expected));
        Assert.That(sample.Values, Is.EqualTo(expected.Select(row => (float)row)));
        Assert.That(sample.SampledFrom, Is.EqualTo(10_000));
        Assert.That(sample.Notes, Has.Some.EqualTo(FormattableString.Invariant($"a sample of {size:N0} of 10,000 rows")));
    }

    [Test]
    public void Each_row_is_drawn_as_often_as_another()
    {
        const int Rows = 50, Size = 20, Seeds = 4_000;
        int[] drawn = new int[Rows];
        byte[] csv = Encoding.UTF8.GetBytes(Numbers(Rows));
        for (ulong seed = 0; seed < Seeds; seed++)
        {
            foreach (int row in Files.Read(csv, new DatasetReadOptions { Sample = Size, SampleSeed = seed }).SourceRows) drawn[row]++;
        }

        // A row's number is binomial; without replacement their sum is given: 49 degrees of freedom, 99.9% below 85.4.
        double mean = (double)Seeds * Size / Rows, variance = mean * (1 - ((double)Size / Rows)) * Rows / (Rows - 1);
        Assert.That(drawn.Sum(count => (count - mean) * (count - mean) / variance), Is.LessThan(85.4).And.GreaterThan(22));
    }

    [TestCase(10_000)]
    [TestCase(10_001)]
    [TestCase(int.MaxValue)]
    public void A_sample_that_is_not_smaller_is_the_plain_table(int size)
    {
        // Groups of odd sizes, and dropped rows, so that blocks end in odd places.
        byte[] file = new ParquetFile().Add("a", Of(i => i % 7 == 0 ? (double?)null : 1e9 + (i / 8.0))).Add("k", Of(i => i % 2)).Write(rowsOfGroup: 777);
        DatasetReadOptions options = Tables.Options with { Missing = MissingValues.Drop, Label = "k" };
        Dataset plain = Tables.Read(file, options), sample = Tables.Read(file, options with { Sample = size });
        Tables.AssertSame(sample, plain);
        Assert.That(sample.SourceRows, Is.EqualTo(plain.SourceRows));
        Assert.That(sample.Cells.Float64?[0]?.Array, Is.EqualTo(plain.Cells.Float64?[0]?.Array));
        Assert.That((sample.SampledFrom, sample.Notes), Is.EqualTo(((long?)null, plain.Notes)));
    }

    [Test]
    public void Neither_formats_nor_groups_nor_threads_matter()
    {
        using var folder = new TestFolder();
        ParquetFile table = new ParquetFile().Add("a", Of(i => i / 8.0)).Add("b", Of(i => i % 5 == 0 ? (double?)null : i * 1e6)).Add("id", Of(i => $"n{i}"));
        string csv = "a,b,id\n" + string.Concat(Enumerable.Range(0, 10_000).Select(i => FormattableString.Invariant($"{i / 8.0},{(i % 5 == 0 ? "" : $"{i * 1e6:R}")},n{i}\n")));
        DatasetReadOptions options = Tables.Options with { Id = "id", Sample = 1_234, SampleSeed = 3 };
        Dataset expected = Tables.ReadText(csv, options);
        foreach (int group in (int[])[333, 5_000, int.MaxValue])
        {
            byte[] file = table.Write(group);
            Tables.AssertSame(Tables.Read(file, options), expected);
            File.WriteAllBytes(folder.File("data.parquet"), file);
            foreach (int threads in (int[])[1, 3])
            {
                Dataset sample = DatasetReader.Read(folder.File("data.parquet"), options with { Threads = threads });
                Tables.AssertSame(sample, expected);
                Assert.That(sample.SourceRows, Is.EqualTo(expected.SourceRows));
            }
        }
    }

    [Test]
    public void Labels_levels_missing_cells_and_dropped_rows_are_those_of_all_the_source()
    {
        string csv = "a,c,kind\n" + string.Concat(Enumerable.Range(0, 1_000).Select(i => $"{(i % 10 == 3 ? "" : $"{i}")},l{i},{(i % 2 == 0 ? "normal" : "odd")}\n"));
        Dataset sample = Files.Read(csv, new DatasetReadOptions { Label = "kind", Categorical = ["c"], Missing = MissingValues.Drop, Sample = 50 });
        Assert.That((sample.Rows, sample.SampledFrom, sample.MissingCells![0]), Is.EqualTo((50, 900L, 100L)));
        Assert.That(sample.Features[1].Levels, Has.Count.EqualTo(1_000));
        for (int i = 0; i < sample.Rows; i++)
        {
            int source = sample.SourceRows[i];
            Assert.That((sample.Row(i)[0], sample.Row(i)[1], sample.Labels![i]), Is.EqualTo(((float)source, (float)source, source % 2 == 1)));
            Assert.That(source % 10, Is.Not.EqualTo(3));
        }
    }

    [Test]
    public void Limits_judge_the_sample()
    {
        byte[] csv = Encoding.UTF8.GetBytes(Numbers(10_000));
        ReaderLimits few = ReaderLimits.Default with { Values = 5_000 }, small = ReaderLimits.Default with { MemoryFloor = 100_000, MemoryRatio = 1 };
        Assert.That(Of(few, 5_000), Is.EqualTo(5_000));
        Assert.That(() => Of(few, 5_001), Throws.TypeOf<DataFormatException>().With.Message.Contains("Draw fewer"));
        Assert.That(Of(small, 1_000), Is.EqualTo(1_000));
        Assert.That(() => Of(small, 9_000), Throws.TypeOf<DataFormatException>().With.Message.Contains("in memory"));

        int Of(ReaderLimits limits, int size) =>
            DatasetReader.Read(new MemoryStream(csv), "file", new DatasetReadOptions { Sample = size }, limits, default).Rows;
    }

    [Test]
    public void A_fit_on_a_sample_says_so()
    {
        using var folder = new TestFolder();
        CliRun run = CliRun.Of("fit", folder.WriteCsv(rows: 300), "--label", "label", "--sample", "120", "--sample-seed", "5", "--model", "svdd", "--epochs", "1",
            "--rounds", "0", "--out", folder.File("m.iad"), "--json", "-");
        Assert.That(run.Code, Is.Zero, run.Err);
        Assert.That(run.Err, Does.Contain("note: data.csv: a sample of 120 of 300 rows").And.Contain("(120 x 4)"));
        Assert.That(run.Out, Does.Contain("\"sampledFrom\": 300").And.Contain("\"sample\": 120").And.Contain("\"sampleSeed\": 5"));
        CliRun again = CliRun.Of("fit", "--from", folder.File("m.iad"), folder.File("data.csv"), "--sample", "100", "--label", "label");
        Assert.That(again.Code, Is.Zero, again.Err);
        Assert.That(again.Err, Does.Contain("a sample of 100 of 300 rows"));
        Assert.That(CliRun.Of("fit", folder.File("data.csv"), "--sample", "0").Err, Does.Contain("--sample 0 is no number of rows"));
        Assert.That(CliRun.Of("fit", folder.File("data.csv"), "--sample-seed", "1").Err, Does.Contain("--sample-seed is for --sample"));
    }

    private static T[] Of<T>(Func<int, T> cell) => [.. Enumerable.Range(0, 10_000).Select(cell)];

    private static string Numbers(int rows) => "a\n" + string.Concat(Enumerable.Range(0, rows).Select(i => $"{i}\n"));

    private static Dataset Read(string csv, int size, ulong seed) => Files.Read(csv, new DatasetReadOptions { Sample = size, SampleSeed = seed });
}
