using IadNative.Compute.Cpu.Kernels;

namespace IadNative.Tests.Compute.Cpu.Kernels;

public sealed class BernsteinCoefficientsTests
{
    [Test]
    public void Five_samples_have_the_coefficients_of_the_example() => Assert.That(
        new BernsteinCoefficients(0.2, most: 7).Of(5).ToArray(), Is.EqualTo((double[])[0.4096, 0.2048, 0.0512, 0.0064, 0.00032]).Within(1e-14));

    [Test]
    public void They_sum_to_one_but_for_the_term_left_out([Values(1, 2, 1000, 1030, 5000)] int samples, [Values(0.001, 0.3, 0.999)] double alpha)
    {
        double[] values = new BernsteinCoefficients(alpha, samples).Of(samples).ToArray();
        Assert.That(values.Sum(), Is.EqualTo(1 - Math.Pow(1 - alpha, samples)).Within(1e-10));
    }

    [Test]
    public void Another_size_is_computed_anew()
    {
        var coefficients = new BernsteinCoefficients(0.2, most: 7);
        coefficients.Of(7);
        Assert.That(coefficients.Count, Is.EqualTo(7));
        Assert.That(coefficients.Of(5).ToArray(), Is.EqualTo(new BernsteinCoefficients(0.2, most: 5).Of(5).ToArray()));
    }
}
