using IadNative.Data;

namespace IadNative.Tests.Data;

public class DatasetTests
{
    [Test]
    public void A_data_set_from_memory_gives_back_what_it_was_given()
    {
        var data = new Dataset("mine", [1, 2, 3, 4, 5, 6], 2, 3, [true, false], ["a", "b", "c"]);
        Assert.That((data.Name, data.Rows, data.Columns, data.Anomalies), Is.EqualTo(("mine", 2, 3, 1)));
        Assert.That(data.Row(1).ToArray(), Is.EqualTo(new float[] { 4, 5, 6 }));
        Assert.That(data.FeatureNames, Is.EqualTo(new[] { "a", "b", "c" }));
        Assert.That(data.SourceRows, Is.EqualTo(new[] { 0, 1 }));
    }

    [Test]
    public void Without_names_and_labels_names_are_made_and_nothing_is_an_anomaly()
    {
        var data = new Dataset("mine", [1f, 2], 1, 2);
        Assert.That(data.FeatureNames, Is.EqualTo(new[] { "x1", "x2" }));
        Assert.That((data.Labels, data.Anomalies), Is.EqualTo(((bool[]?)null, 0)));
    }

    [Test]
    public void Lengths_and_values_are_checked()
    {
        Assert.That(() => new Dataset("d", [1, 2, 3], 2, 2), Throws.ArgumentException);
        Assert.That(() => new Dataset("d", Array.Empty<float>(), 0, 2), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new Dataset("d", Array.Empty<float>(), 2, 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new Dataset("d", Array.Empty<float>(), 65536, 65536), Throws.ArgumentException);
        Assert.That(() => new Dataset("d", [1, 2], 2, 1, [true]), Throws.ArgumentException);
        Assert.That(() => new Dataset("d", [1, 2], 2, 1, null, ["a", "b"]), Throws.ArgumentException);
        Assert.That(() => new Dataset("d", [1, float.NaN, 3, 4], 2, 2), Throws.ArgumentException.With.Message.Contain("Row 1, column 2"));
        Assert.That(() => new Dataset("d", [1, 2, float.NegativeInfinity, 4], 2, 2),
            Throws.ArgumentException.With.Message.Contain("Row 2, column 1"));
        Assert.That(() => new Dataset(null!, [1f], 1, 1), Throws.ArgumentNullException);
        Assert.That(() => new Dataset("d", (float[])null!, 1, 1), Throws.ArgumentNullException);
    }

    [Test]
    public void Images_and_classes_must_fit_the_rows()
    {
        var data = new Dataset("d", new float[12], 2, 6) { Image = new ImageShape(2, 3), Classes = ["a", "b"] };
        Assert.That((data.Image, data.Classes), Is.EqualTo(((ImageShape?)new ImageShape(2, 3), (IReadOnlyList<string>)["a", "b"])));
        Assert.That(() => new Dataset("d", new float[12], 2, 6) { Image = new ImageShape(2, 2) },
            Throws.ArgumentException.With.Message.Contains("Images of 2x2 do not have 6 values"));
        Assert.That(() => new Dataset("d", new float[12], 2, 6) { Image = default(ImageShape) }, Throws.ArgumentException);
        Assert.That(() => new Dataset("d", new float[12], 2, 6) { Classes = ["a"] }, Throws.ArgumentException);
    }

    [Test]
    public void A_shape_fits_its_number_of_values_alone_however_large()
    {
        Assert.That(new ImageShape(28, 28).Fits(784), Is.True);
        Assert.That(new ImageShape(28, 28).Fits(783) || default(ImageShape).Fits(0), Is.False);
        Assert.That(new ImageShape(int.MaxValue, int.MaxValue).Fits(int.MaxValue), Is.False);
        Assert.That(new ImageShape(65536, 65536).Fits(0), Is.False);
        Assert.That(new ImageShape(3, 4).ToString(), Is.EqualTo("3x4"));
        Assert.That(() => new ImageShape(0, 1), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new ImageShape(1, 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [TestCase(-1)]
    [TestCase(2)]
    public void There_is_no_row_outside(int row) =>
        Assert.That(() => new Dataset("d", [1f, 2], 2, 1).Row(row).Length, Throws.InstanceOf<ArgumentOutOfRangeException>());
}
