using IadNative.Networks;

namespace IadNative.Tests.Networks;

public sealed class NetworkSpecTests
{
    [TestCase("32-16-8", new[] { 32, 16, 8 })]
    [TestCase("1", new[] { 1 })]
    [TestCase("65536-2", new[] { 65_536, 2 })]
    public void Widths_are_read_as_they_are_written(string text, int[] widths)
    {
        NetworkSpec network = NetworkSpec.Parse(text);
        Assert.That(network.Widths, Is.EqualTo(widths));
        Assert.That(network.CodeWidth, Is.EqualTo(widths[^1]));
        Assert.That(network.ToString(), Is.EqualTo(text));
        Assert.That(network, Is.EqualTo(new NetworkSpec(widths)));
    }

    [TestCase("")]
    [TestCase("-")]
    [TestCase("32-")]
    [TestCase("32--8")]
    [TestCase("-32")]
    [TestCase("32-0")]
    [TestCase("65537")]
    [TestCase("99999999999")]
    [TestCase("32,16")]
    [TestCase("3.5")]
    [TestCase("lenet")]
    public void Other_texts_are_refused_with_an_example(string text) => Assert.That(() => NetworkSpec.Parse(text),
        Throws.TypeOf<FormatException>().With.Message.Contains($"'{text}'").And.Message.Contains("32-16-8"));

    [Test]
    public void At_most_64_layers_make_a_network()
    {
        string most = string.Join('-', Enumerable.Repeat(2, 64));
        Assert.That(NetworkSpec.Parse(most).Widths, Has.Count.EqualTo(64));
        Assert.That(() => NetworkSpec.Parse(most + "-2"), Throws.TypeOf<FormatException>());
        Assert.That(() => new NetworkSpec(), Throws.ArgumentException);
        Assert.That(() => new NetworkSpec(new int[65]), Throws.ArgumentException);
        Assert.That(() => new NetworkSpec(3, 0), Throws.ArgumentException);
    }

    [Test]
    public void Networks_are_equal_by_widths_and_switches()
    {
        var network = new NetworkSpec(4, 2);
        Assert.Multiple(() =>
        {
            Assert.That(new NetworkSpec(4, 2), Is.EqualTo(network));
            Assert.That(new NetworkSpec(4, 2).GetHashCode(), Is.EqualTo(network.GetHashCode()));
            Assert.That(new NetworkSpec(4, 3), Is.Not.EqualTo(network));
            Assert.That(new NetworkSpec(4, 2) { BatchNorm = false }, Is.Not.EqualTo(network));
            Assert.That(new NetworkSpec(4, 2) { Affine = true }, Is.Not.EqualTo(network));
            Assert.That(new NetworkSpec(4, 2) { Bias = true }, Is.Not.EqualTo(network));
            Assert.That(new NetworkSpec(4, 2) { Degrees = MadeDegrees.Spread }, Is.Not.EqualTo(network));
        });
    }

    [Test]
    public void The_default_network_follows_from_the_number_of_features()
    {
        Assert.That(NetworkSpec.Default(100).ToString(), Is.EqualTo("32-16-8"));
        Assert.That(NetworkSpec.Default(101).ToString(), Is.EqualTo("128-64-32"));
    }
}
