namespace IadNative.Tests.Data;

public sealed class ImageShapeTests
{
    [Test]
    public void Sides_are_multiplied_halved_and_doubled()
    {
        var shape = new ImageShape(6, 10);
        Assert.That((shape.Pixels, shape.Half, shape.Twice, $"{shape}"), Is.EqualTo((60, new ImageShape(3, 5), new ImageShape(12, 20), "6x10")));
        Assert.That((shape.Fits(60), shape.Fits(59), default(ImageShape).Fits(0)), Is.EqualTo((true, false, false)));
    }

    [Test]
    public void More_pixels_than_there_are_numbers_are_refused()
    {
        Assert.That(() => new ImageShape(65_536, 65_536).Pixels, Throws.TypeOf<OverflowException>());
        Assert.That(() => new ImageShape(1 << 30, 1).Twice, Throws.TypeOf<OverflowException>());
        Assert.That(() => new ImageShape(1, 1 << 30).Twice, Throws.TypeOf<OverflowException>());
        Assert.That(new ImageShape(65_536, 65_536).Fits(0), Is.False);
    }

    [Test]
    public void Sides_are_at_least_1()
    {
        Assert.That(() => new ImageShape(0, 1), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => new ImageShape(1, 0), Throws.TypeOf<ArgumentOutOfRangeException>());
    }
}
