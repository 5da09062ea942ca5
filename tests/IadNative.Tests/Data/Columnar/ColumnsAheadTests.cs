using IadNative.Data.Reading;
using IadNative.Tests.Cli;

namespace IadNative.Tests.Data.Columnar;

/// <summary>Parquet files on disk, whose columns several threads decode: rows, errors and places are those of one thread.</summary>
public sealed class ColumnsAheadTests
{
    private const int Rows = 120_000;

    [Test]
    public void Tables_are_the_same_whatever_threads_and_groups([Values(1_000, 4_096, 70_000, int.MaxValue)] int group)
    {
        using var folder = new TestFolder();
        byte[] file = Table().Write(group);
        File.WriteAllBytes(folder.File("data.parquet"), file);
        DatasetReadOptions options = Tables.Options with { Id = "id", Categorical = ["kind"], Label = "label" };
        Dataset expected = Tables.Read(file, options);
        foreach (int threads in (int[])[0, 1, 2, 9]) Tables.AssertSame(DatasetReader.Read(folder.File("data.parquet"), options with { Threads = threads }), expected);
    }

    [Test]
    public void Bad_cells_are_listed_the_same()
    {
        using var folder = new TestFolder();
        File.WriteAllBytes(folder.File("data.parquet"), Table().Write(50_000));
        DatasetReadOptions options = Tables.Options with { Drop = ["id", "kind", "label"], Missing = MissingValues.Error };
        string[] messages = [.. ((int[])[1, 4]).Select(threads => Assert.Throws<DataFormatException>(
            () => DatasetReader.Read(folder.File("data.parquet"), options with { Threads = threads }))!.Message)];
        Assert.That(messages[0], Does.Contain("cells cannot be used").And.Contain("row 4:").And.Contain("10899 more"));
        Assert.That(messages[1], Is.EqualTo(messages[0]));
    }

    [Test]
    public void A_cell_that_is_no_plain_number_is_found_at_any_place([Values(double.NaN, 3.5e38, double.NegativeInfinity)] double odd)
    {
        for (int place = 1; place < 37; place++)
        {
            double[] cells = [.. Enumerable.Range(0, 37).Select(i => i == place ? odd : i % 2 == 0 ? float.MaxValue : -float.MaxValue)];
            string message = Tables.Refusal(new ParquetFile().Add("a", cells).Write(), Tables.Options with { Missing = MissingValues.Error });
            Assert.That(message, Does.Contain("1 cell cannot be used").And.Contain($"row {place + 1}:"));
        }
    }

    [Test]
    public void Damage_is_told_where_one_thread_meets_it()
    {
        using var folder = new TestFolder();
        byte[] file = Table().Write(10_000);
        for (int at = file.Length / 7; at < file.Length - 60_000; at += file.Length / 7)
        {
            byte[] damaged = [.. file];
            for (int i = 0; i < 64; i++) damaged[at + i] ^= 0x5A;
            File.WriteAllBytes(folder.File("data.parquet"), damaged);
            Assert.That(Outcome(folder, 4), Is.EqualTo(Outcome(folder, 1)), $"damage at {at}");
        }
    }

    [Test]
    public void A_reader_can_be_closed_anywhere([Values(0, 1, 30)] int blocks)
    {
        using var folder = new TestFolder();
        File.WriteAllBytes(folder.File("data.parquet"), Table().Write(50_000));
        using RowBatchReader reader = DatasetReader.OpenBatches(folder.File("data.parquet"), Tables.Options with { Drop = ["id", "kind", "label"], Threads = 3 });
        RowBatch batch = reader.CreateBatch();
        for (int i = 0; i < blocks; i++) reader.Read(batch);
    }

    [TestCase(100, new[] { "id", "kind", "label" }, 100)]
    [TestCase(int.MaxValue, new[] { "id", "kind" }, 102_400)]
    [TestCase(int.MaxValue, new[] { "kind", "label" }, 4_096)]
    [TestCase(int.MaxValue, new[] { "id", "label" }, 4_096)]
    public void Numbers_are_decoded_far_ahead_and_texts_as_they_are_read(int group, string[] dropped, int rows)
    {
        using var folder = new TestFolder();
        File.WriteAllBytes(folder.File("data.parquet"), Table().Write(group));
        DatasetReadOptions options = Tables.Options with { Threads = 2, Drop = dropped };
        if (!dropped.Contains("id")) options = options with { Id = "id" };
        if (!dropped.Contains("kind")) options = options with { Categorical = ["kind"] };
        if (!dropped.Contains("label")) options = options with { Label = "label" };
        using TableReader reader = DatasetReader.Open(folder.File("data.parquet"), options, null, default);
        Assert.That(((IadNative.Parquet.ParquetReader)reader).RowsAhead, Is.EqualTo(rows));
    }

    private static (long Rows, string? Error) Outcome(TestFolder folder, int threads)
    {
        long rows = 0;
        try
        {
            using TableReader reader = DatasetReader.Open(
                folder.File("data.parquet"), Tables.Options with { Id = "id", Categorical = ["kind"], Label = "label", Threads = threads }, null, default);
            var block = new RowBlock(reader.Features.Count);
            while (reader.Read(block)) rows += block.Rows;
            return (rows, null);
        }
        catch (DataFormatException exception)
        {
            return (rows, exception.Message);
        }
    }

    private static ParquetFile Table() => new ParquetFile()
        .Add("f", Of(i => i % 11 == 3 ? (float?)null : MathF.Sin(i))).Add("d", Of(i => 1e9 + (i / 16.0))).Add("i", Of(i => (long)i * i))
        .Add("b", Of(i => i % 3 == 0)).Add("kind", Of(i => i % 13 == 0 ? null : $"level {i % 40}")).Add("id", Of(i => (string?)$"n{i}")).Add("label", Of(i => i % 2));

    private static T[] Of<T>(Func<int, T> cell) => [.. Enumerable.Range(0, Rows).Select(cell)];
}
