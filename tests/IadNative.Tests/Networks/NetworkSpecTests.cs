using IadNative.Compute;
using IadNative.Data;
using IadNative.Models;
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

    [TestCase("conv8-conv4-32", null, new[] { 8, 4 }, new[] { 32 })]
    [TestCase("28x20-conv3-16-5", "28x20", new[] { 3 }, new[] { 16, 5 })]
    [TestCase("1x16384-7", "1x16384", new int[0], new[] { 7 })]
    public void Convolutions_and_images_are_read_as_they_are_written(string text, string? image, int[] convolutions, int[] widths)
    {
        NetworkSpec network = NetworkSpec.Parse(text);
        Assert.That(network.Image?.ToString(), Is.EqualTo(image));
        Assert.That(network.Convolutions, Is.EqualTo(convolutions));
        Assert.That(network.Widths, Is.EqualTo(widths));
        Assert.That(network.ToString(), Is.EqualTo(text));
        Assert.That(NetworkSpec.Parse(network.ToString()), Is.EqualTo(network));
    }

    [Test]
    public void The_networks_of_mnist_and_fashion_mnist_have_names()
    {
        Assert.That(NetworkSpec.Parse("lenet-mnist"), Is.EqualTo(NetworkSpec.LeNetMnist));
        Assert.That(NetworkSpec.Parse("lenet-fmnist"), Is.EqualTo(NetworkSpec.LeNetFashionMnist));
        Assert.That(NetworkSpec.LeNetMnist.ToString(), Is.EqualTo("conv8-conv4-32"));
        Assert.That(NetworkSpec.LeNetFashionMnist.ToString(), Is.EqualTo("conv16-conv32-128-64"));
    }

    [Test]
    public void Images_are_square_unless_said_otherwise_and_must_halve_evenly()
    {
        Assert.That(NetworkSpec.LeNetMnist.ImageOf(784), Is.EqualTo(new ImageShape(28, 28)));
        Assert.That((NetworkSpec.LeNetMnist with { Image = new(8, 12) }).ImageOf(96), Is.EqualTo(new ImageShape(8, 12)));
        Assert.That(() => NetworkSpec.LeNetMnist.ImageOf(96), Throws.ArgumentException.With.Message.Contains("no square image"));
        Assert.That(() => (NetworkSpec.LeNetMnist with { Image = new(8, 12) }).ImageOf(784),
            Throws.ArgumentException.With.Message.Contains("96 pixels").And.Message.Contains("784 features"));
        foreach (ImageShape odd in new ImageShape[] { new(30, 28), new(28, 30), new(7, 4) })
        {
            Assert.That(() => (NetworkSpec.LeNetMnist with { Image = odd }).ImageOf(odd.Pixels),
                Throws.ArgumentException.With.Message.Contains("multiples of 4").And.Message.Contains($"{odd}. Pad"));
        }
    }

    [TestCase("")]
    [TestCase("-")]
    [TestCase("conv8")]
    [TestCase("conv-8")]
    [TestCase("conv0-8")]
    [TestCase("conv65537-8")]
    [TestCase("8-conv8")]
    [TestCase("28-28x28-8")]
    [TestCase("28x-8")]
    [TestCase("0x28-conv1-8")]
    [TestCase("16385x1-8")]
    [TestCase("2x2x2-8")]
    [TestCase("28x28")]
    [TestCase("28x28-conv8")]
    [TestCase("conv1-conv1-conv1-conv1-conv1-conv1-conv1-conv1-conv1-8")]
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
        Assert.That(() => new NetworkSpec(3) { Convolutions = new int[9] }, Throws.ArgumentException);
        Assert.That(() => new NetworkSpec(3) { Convolutions = [0] }, Throws.ArgumentException);
        Assert.That(() => new NetworkSpec(3) { Image = default(ImageShape) }, Throws.ArgumentException);
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
            Assert.That(new NetworkSpec(4, 2) { Convolutions = [3] }, Is.Not.EqualTo(network));
            Assert.That(new NetworkSpec(4, 2) { Image = new(4, 4) }, Is.Not.EqualTo(network));
        });
    }

    [Test]
    public void The_default_network_follows_from_the_number_of_features()
    {
        Assert.That(BaseModel.OneClassSvdd.DefaultNetwork(100, null).ToString(), Is.EqualTo("32-16-8"));
        Assert.That(BaseModel.Autoencoder.DefaultNetwork(101, null).ToString(), Is.EqualTo("128-64-32"));
    }
}
