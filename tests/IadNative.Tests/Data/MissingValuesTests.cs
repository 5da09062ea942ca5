using System.IO.Compression;
using IadNative.Data;

namespace IadNative.Tests.Data;

public class MissingValuesTests
{
    private const string Table = "a,b,y\n1,NA,0\n3,10,1\n?,20,0\n8,,1\n";

    [Test]
    public void Missing_cells_are_kept_as_nan_and_counted_for_each_column()
    {
        var data = Files.Read(Table, "y", MissingValues.Keep);
        Assert.That(data.Values, Is.EqualTo(new[] { 1, float.NaN, 3, 10, float.NaN, 20, 8, float.NaN }));
        Assert.That(data.Labels, Is.EqualTo(new[] { false, true, false, true }));
        Assert.That(data.SourceRows, Is.EqualTo(new[] { 0, 1, 2, 3 }));
        Assert.That(data.MissingCells, Is.EqualTo(new long[] { 1, 2 }));
    }

    [Test]
    public void Rows_with_a_missing_cell_are_left_out_with_their_labels_and_names()
    {
        var data = Files.Read(Table + "5,6,1\n", new DatasetReadOptions { Label = "y", Missing = MissingValues.Drop, Id = "a" });
        Assert.That(data.Values, Is.EqualTo(new float[] { 10, 20, 6 }));
        Assert.That(data.Labels, Is.EqualTo(new[] { true, false, true }));
        Assert.That(data.Ids, Is.EqualTo(new[] { "3", "?", "5" }));
        Assert.That(data.SourceRows, Is.EqualTo(new[] { 1, 2, 4 }));
        Assert.That(data.MissingCells, Is.EqualTo(new long[] { 2 }));
    }

    [Test]
    public void Dropping_goes_on_from_block_to_block()
    {
        string text = string.Concat(Enumerable.Range(0, 20_000).Select(i => i is 5000 or 9000 or 9001 ? "NA,1\n" : $"{i},1\n"));
        var data = Files.Read(text, missing: MissingValues.Drop);
        int[] kept = [.. Enumerable.Range(0, 20_000).Where(i => i is not (5000 or 9000 or 9001))];
        Assert.That(data.SourceRows, Is.EqualTo(kept));
        Assert.That(Enumerable.Range(0, data.Rows).Select(i => data.Row(i)[0]), Is.EqualTo(kept.Select(i => (float)i)));
    }

    [TestCase("")]
    [TestCase("NA")]
    [TestCase("n/a")]
    [TestCase("nan")]
    [TestCase("NULL")]
    [TestCase("?")]
    [TestCase(" NaN ")]
    [TestCase("\"\"")]
    public void These_cells_are_missing(string cell) =>
        Assert.That(Files.Read($"1,2\n{cell},3\n", missing: MissingValues.Keep).MissingCells, Is.EqualTo(new long[] { 1, 0 }));

    [TestCase("oops")]
    [TestCase("none")]
    [TestCase("-")]
    [TestCase("inf")]
    [TestCase("1e39")]
    public void Other_text_and_what_float32_cannot_hold_is_refused_whatever_becomes_of_missing_cells(string cell)
    {
        foreach (MissingValues missing in Enum.GetValues<MissingValues>())
            Assert.That(Files.Refusal($"a,b\n1,2\n{cell},3\n", missing: missing), Does.Contain($"column 1 ('a'):\n  row 2 (line 3): '{cell}'"));
    }

    [Test]
    public void More_tokens_can_mean_missing_and_numbers_count_however_they_are_written()
    {
        var options = new DatasetReadOptions { Missing = MissingValues.Keep, MissingTokens = ["none", "-999"] };
        var data = Files.Read("a,b\nnone,1\n2,-999\n3,-999.0\n-9990e-1,4\nnan,5\n", options);
        Assert.That(data.MissingCells, Is.EqualTo(new long[] { 3, 2 }));
        Assert.That(Files.Refusal("a,b\nNone,1\n", options), Does.Contain("'None'"), "tokens of the user's are as written");
        byte[] npy = Files.Npy("<i4", "(2, 2)", [1, -999, 3, 4]);
        Assert.That(Files.Read(npy, options).MissingCells, Is.EqualTo(new long[] { 0, 1 }));
        Assert.That(Files.Read("{\"a\":-999}\n{\"a\":\"none\"}\n", options).MissingCells, Is.EqualTo(new long[] { 2 }));
    }

    [Test]
    public void Refused_missing_cells_come_with_advice() =>
        Assert.That(Files.Refusal("a,b\n1,\n2,3\n"), Does.Contain("column 2 ('b'):\n  row 1 (line 2): ''\n")
            .And.Contain("--missing mean or --missing median").And.Contain("--missing drop").And.Not.Contain("--categorical"));

    [Test]
    public void Dropping_every_row_is_refused() =>
        Assert.That(Files.Refusal("1,NA\n?,2\n", missing: MissingValues.Drop), Does.Contain("every one of its 2 rows").And.Contain("--drop"));

    [Test]
    public void Binary_formats_are_treated_alike()
    {
        (double[] values, double[] byColumn) = ([1, double.NaN, 3, 4, 7, 8], [1, 3, 7, double.NaN, 4, 8]);
        var mat = new MatFile();
        byte[] npy = Files.Npy("<f8", "(3, 2)", values);
        foreach (byte[] file in new[]
        {
            npy, Files.Gzip(npy), Files.Npy("<f4", "(3, 2)", byColumn, fortran: true),
            Files.Npz(CompressionLevel.Optimal, ("X.npy", npy)), mat.File(mat.Array("X", 3, 2, byColumn)),
        })
        {
            Assert.That(Files.Read(file, missing: MissingValues.Keep).Values, Is.EqualTo(new[] { 1, float.NaN, 3, 4, 7, 8 }));
            Assert.That(Files.Read(file, missing: MissingValues.Keep).MissingCells, Is.EqualTo(new long[] { 0, 1 }));
            Assert.That(Files.Read(file, missing: MissingValues.Drop).SourceRows, Is.EqualTo(new[] { 1, 2 }));
            Assert.That(Files.Refusal(file), Does.Contain("column 2:\n  row 1: 'NaN'"));
        }

        byte[] infinite = Files.Npy("<f8", "(1, 2)", [1, double.PositiveInfinity]);
        Assert.That(Files.Refusal(infinite, missing: MissingValues.Keep), Does.Contain("row 1: 'Infinity'").And.Contain("--drop 2"));
    }
}
