using IadNative.Networks;

namespace IadNative.Tests.Networks;

public sealed class NetworkSpecTests
{
    [Test]
    public void Widths_are_read_and_written_alike()
    {
        NetworkSpec network = NetworkSpec.Parse("128-64-32");
        Assert.That(network.Widths, Is.EqualTo(new[] { 128, 64, 32 }));
        Assert.That(network.CodeWidth, Is.EqualTo(32));
        Assert.That(network.ToString(), Is.EqualTo("128-64-32"));
        Assert.That(network, Is.EqualTo(new NetworkSpec(128, 64, 32)));
        Assert.That(network, Is.Not.EqualTo(new NetworkSpec(128, 64, 32) { Bias = true }));
    }

    [TestCase("")]
    [TestCase("32-")]
    [TestCase("32-0")]
    [TestCase("32--16")]
    [TestCase("32-sixteen")]
    [TestCase("65537")]
    [TestCase("99999999999")]
    public void What_is_no_network_is_refused(string text) =>
        Assert.That(() => NetworkSpec.Parse(text), Throws.TypeOf<FormatException>().With.Message.Contains("32-16-8"));

    [TestCase(1, "32-16-8")]
    [TestCase(100, "32-16-8")]
    [TestCase(101, "128-64-32")]
    public void Wide_data_has_a_wide_network(int features, string expected) =>
        Assert.That(NetworkSpec.Default(features).ToString(), Is.EqualTo(expected));

    [Test]
    public void Widths_out_of_range_are_refused()
    {
        Assert.That(() => new NetworkSpec(), Throws.ArgumentException);
        Assert.That(() => new NetworkSpec(0), Throws.ArgumentException);
        Assert.That(() => new NetworkSpec(new int[65]), Throws.ArgumentException);
    }
}
