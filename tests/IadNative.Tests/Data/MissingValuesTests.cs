using IadNative.Data;

namespace IadNative.Tests.Data;

public class MissingValuesTests
{
    private const string Table = "a,b,y\n1,NA,0\n3,10,1\nx,20,0\n8,inf,1\n";

    [Test]
    public void The_mean_of_the_good_cells_takes_the_place_of_a_bad_one()
    {
        var data = Files.Read(Table, "y", MissingValues.Mean);
        Assert.That(data.Values, Is.EqualTo(new float[] { 1, 15, 3, 10, 4, 20, 8, 15 }));
        Assert.That(data.Labels, Is.EqualTo(new[] { false, true, false, true }));
        Assert.That(data.SourceRows, Is.EqualTo(new[] { 0, 1, 2, 3 }));
    }

    [Test]
    public void Rows_with_a_bad_cell_are_left_out_with_their_labels()
    {
        var data = Files.Read(Table + "5,6,1\n", "y", MissingValues.Drop);
        Assert.That(data.Values, Is.EqualTo(new float[] { 3, 10, 5, 6 }));
        Assert.That(data.Labels, Is.EqualTo(new[] { true, true }));
        Assert.That(data.SourceRows, Is.EqualTo(new[] { 1, 4 }));
        Assert.That(data.Anomalies, Is.EqualTo(2));
    }

    [Test]
    public void The_mean_is_formed_in_double_precision()
    {
        // In float32 the sum would stay at 2^24.
        string cells = string.Join('\n', Enumerable.Repeat("16777216", 1).Concat(Enumerable.Repeat("1", 15)).Append("NA"));
        Assert.That(Files.Read(cells, missing: MissingValues.Mean).Values[^1], Is.EqualTo((float)((16777216.0 + 15) / 16)));
        var large = Files.Read("3e38\n3e38\nNA\n", missing: MissingValues.Mean);
        Assert.That(large.Values[2], Is.EqualTo(3e38f));
    }

    [Test]
    public void A_column_without_a_good_cell_has_no_mean()
    {
        Assert.That(Files.Refusal("a,b\n1,NA\n2,?\n", missing: MissingValues.Mean), Does.Contain("'b'").And.Contain("no mean"));
        Assert.That(Files.Refusal("1,NA\n2,?\n", missing: MissingValues.Mean), Does.Contain("'x2'"));
    }

    [Test]
    public void Dropping_every_row_is_refused() =>
        Assert.That(Files.Refusal("1,NA\n?,2\n", missing: MissingValues.Drop), Does.Contain("every one of its 2 rows").And.Contain("'NA'"));

    [Test]
    public void Binary_formats_are_treated_alike()
    {
        byte[] npy = Files.Npy("<f8", "(3, 2)", [1, double.NaN, 3, 4, double.PositiveInfinity, 8]);
        Assert.That(Files.Read(npy, missing: MissingValues.Mean).Values, Is.EqualTo(new float[] { 1, 6, 3, 4, 2, 8 }));
        Assert.That(Files.Read(npy, missing: MissingValues.Drop).SourceRows, Is.EqualTo(new[] { 1 }));
    }
}
