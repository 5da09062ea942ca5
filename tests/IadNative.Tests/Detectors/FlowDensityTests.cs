using IadNative.Data;
using IadNative.Detectors;
using IadNative.Iad;
using IadNative.Models;
using IadNative.Networks;

namespace IadNative.Tests.Detectors;

public sealed class FlowDensityTests
{
    private const int Samples = 10_000;
    private const double Noise = 0.5;

    [Test]
    public void A_flow_comes_within_a_tenth_of_a_nat_of_the_entropy_of_a_bent_density()
    {
        var data = new Dataset("banana", Banana(seed: 1), Samples, 2);
        FitResult result = AnomalyDetector.Fit(data, new FitOptions
        {
            Model = BaseModel.MaskedAutoregressiveFlow,
            Network = new NetworkSpec(32, 32),
            Training = new TrainingOptions { Rounds = 0, Epochs = 40, Seed = 3 },
            Threads = 1,
        });
        Assert.That(result.Alarms.Where(alarm => alarm.Kind != AlarmKind.ControlBetter), Is.Empty);

        // Scores are of standardised features; a density changes by the inverse of its scale.
        float[] scale = result.Detector.Content.Scaler.Scale;
        double shift = -Math.Log(scale[0]) - Math.Log(scale[1]);
        float[] scores = result.Detector.Score(new Dataset("held out", Banana(seed: 2), Samples, 2));
        double held = scores.Average(score => (double)score) + shift;

        // x₂ given x₁ is as wide as the noise: the entropy is that of two normal variables.
        double entropy = NormalEntropy(1) + NormalEntropy(Noise);
        Assert.That(held, Is.EqualTo(entropy).Within(0.1));
    }

    private static double NormalEntropy(double deviation) => 0.5 * Math.Log(2 * Math.PI * Math.E * deviation * deviation);

    // x₁ from a standard normal, x₂ = x₁² + noise.
    private static float[] Banana(int seed)
    {
        var random = new System.Random(seed);
        float[] values = new float[2 * Samples];
        for (int i = 0; i < Samples; i++)
        {
            double x = Gauss(random);
            values[2 * i] = (float)x;
            values[(2 * i) + 1] = (float)((x * x) + (Noise * Gauss(random)));
        }

        return values;
    }

    private static double Gauss(System.Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
