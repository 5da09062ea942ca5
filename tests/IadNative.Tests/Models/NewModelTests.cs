using IadNative.Compute;
using IadNative.Compute.Cpu;
using IadNative.Tests.Compute;
using IadNative.Tests.Compute.Twin;

namespace IadNative.Tests.Models;

/// <summary>A model that the library does not know, of one file (<see cref="LinearAutoencoder"/>), does all that models do.</summary>
internal sealed class NewModelTests
{
    private const int Features = 6;

    private static readonly Dataset s_data = OnAPlane(samples: 200);

    private static IEnumerable<TestCaseData> EachDevice => Devices.All.Select(device => Devices.Case(device, "linear"));

    [TestCaseSource(nameof(EachDevice))]
    public void It_trains_on_every_device_as_the_twin_says(IDevice device, string model)
    {
        FitResult exact = Fit(new TwinDevice<double>(), ensemble: 1), naive = Fit(new TwinDevice<float>(), ensemble: 1);
        FitResult actual = Fit(device, ensemble: 1);
        Assert.That(actual.Options.Model.Name, Is.EqualTo(model));
        Tolerance.Check(
            [.. actual.Runs[0].Rounds.Select(round => (float)round.ScoreMedian)],
            [.. exact.Runs[0].Rounds.Select(round => round.ScoreMedian)],
            [[.. naive.Runs[0].Rounds.Select(round => (float)round.ScoreMedian)]], "median score of a round");
    }

    [Test]
    public void It_finds_what_lies_off_the_plane_alone_and_in_an_ensemble([Values(1, 3)] int ensemble)
    {
        FitResult result = Fit(new CpuDevice(2), ensemble, rounds: 3, epochs: 60);
        Assert.That(result.Alarms, Is.Empty);
        Assert.That(result.Iad!.Mean, Is.GreaterThan(0.99));
        Assert.That(result.Detector.Members, Is.EqualTo(ensemble));
        float[] row = s_data.Row(0).ToArray(), contributions = new float[Features];
        result.Detector.Explain(row, contributions);
        float score = result.Detector.Score(row);
        Assert.That(contributions.Sum(), Is.EqualTo(score).Within(1e-4f * score));
    }

    private static FitResult Fit(IDevice device, int ensemble, int rounds = 2, int epochs = 3) => AnomalyDetector.Fit(s_data, new FitOptions
    {
        Model = new LinearAutoencoder(),
        Device = device,
        Threads = 1,
        Training = new TrainingOptions
        {
            Rounds = rounds, Epochs = epochs, BatchSize = 32, LearningRate = 1e-2, Seed = 5, Ensemble = ensemble,
        },
    });

    // Two directions hold all samples but the anomalies, one in ten.
    private static Dataset OnAPlane(int samples)
    {
        var random = new System.Random(3);
        float[] values = new float[samples * Features];
        bool[] labels = [.. Enumerable.Range(0, samples).Select(s => s % 10 == 0)];
        for (int s = 0; s < samples; s++)
        {
            float a = Problem.Gauss(random), b = Problem.Gauss(random);
            for (int j = 0; j < Features; j++)
            {
                float off = labels[s] ? 2 * Problem.Gauss(random) : 0.05f * Problem.Gauss(random);
                values[(s * Features) + j] = (a * MathF.Cos(j)) + (b * MathF.Sin(2 * j)) + off;
            }
        }

        return new Dataset("plane", values, samples, Features, labels);
    }
}
