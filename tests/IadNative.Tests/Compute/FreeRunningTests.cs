using System.Collections.Concurrent;
using IadNative.Compute;
using IadNative.Cuda;
using IadNative.Data;
using IadNative.Detectors;
using IadNative.Iad;
using IadNative.Models;
using IadNative.Networks;
using IadNative.Tests.Compute.Twin;
using IadNative.Tests.Detectors;
using IadNative.Tests.Emulator;

namespace IadNative.Tests.Compute;

/// <summary>
/// Short fits on every device, each left to itself, and on the twin: losses and scores may differ from the exact ones by what
/// rounding does in naive fits, and ranks by what it does to samples beside the median. Rounding does much to flows: the scale
/// and shift of a feature that the next normalisation takes back have a gradient of zero, and Adam makes whole steps of what
/// rounding leaves of it.
/// </summary>
[TestFixtureSource(typeof(Devices), nameof(Devices.Fixtures))]
internal sealed class FreeRunningTests(IDevice device)
{
    private const int Seeds = 5, MostFlips = 2, NaiveFits = 8;

    private static readonly Dataset s_data = SyntheticData.Contaminated(n: 101, d: 5);
    private static readonly ConcurrentDictionary<BaseModel, (FitResult Exact, FitResult[] Naive)> _twins = [];

    [Test]
    public void Every_round_of_every_seed_agrees_with_the_twin([EachModel] BaseModel model)
    {
        FitResult result = Fit(device, model, Seeds);
        Assert.That(result.Alarms.Where(alarm => alarm.Kind != AlarmKind.ControlBetter), Is.Empty);
        AssertClose(model, result.Runs);
    }

    [Test]
    public void Runs_side_by_side_agree_with_single_runs([EachNetwork] BaseModel model)
    {
        // cuBLAS may sum in another order for another number of networks.
        bool maySumDifferently = Devices.CategoryOf(device) == "Gpu";
        FitResult together = Fit(device, model, seeds: maySumDifferently ? Seeds : 2);
        RunReport[] alone = [.. together.Runs.Select(run => Fit(device, model, seeds: 1, run.Seed).Runs[0])];
        if (maySumDifferently) AssertClose(model, alone);
        else Assert.That(together.Runs.Select(SyntheticData.Fingerprint), Is.EqualTo(alone.Select(SyntheticData.Fingerprint)));

        Assert.That(
            together.Runs[0].Rounds[0].ScoreMedian, Is.Not.EqualTo(together.Runs[1].Rounds[0].ScoreMedian), "the seeds differ");
    }

    [Test]
    public void The_same_fit_again_gives_the_same_bits([EachModel] BaseModel model)
    {
        FitResult first = Fit(device, model, seeds: 2), second = Fit(device, model, seeds: 2);
        AssertSame(second, first);
    }

    internal static FitResult Fit(IDevice device, BaseModel model, int seeds, ulong seed = 17) => AnomalyDetector.Fit(s_data, new FitOptions
    {
        Model = model,
        Network = new NetworkSpec(9, 5, 3).On(model),
        Scaling = FeatureScaling.Standard, // which the twin knows
        Device = device,
        Training = new TrainingOptions { Rounds = 2, Epochs = 1, BatchSize = 32, Seeds = seeds, Seed = seed },
    });

    internal static void AssertSame(FitResult actual, FitResult expected)
    {
        Assert.That(actual.Runs.Select(SyntheticData.Fingerprint), Is.EqualTo(expected.Runs.Select(SyntheticData.Fingerprint)));
        Assert.That(actual.Detector.Saved(), Is.EqualTo(expected.Detector.Saved()));
    }

    // The runs of all seeds against the twin's.
    private static void AssertClose(BaseModel model, IReadOnlyList<RunReport> actual)
    {
        Assert.That(actual.Select(run => run.Seed), Is.EqualTo(Enumerable.Range(17, Seeds)));
        Assert.That(actual.Select(run => run.Rounds.Count), Is.All.EqualTo(3));
        (FitResult exact, FitResult[] naive) = _twins.GetOrAdd(model, _ => (
            Fit(new TwinDevice<double>(), model, Seeds),
            [.. Enumerable.Range(0, NaiveFits).Select(order => Fit(new TwinDevice<float>(order), model, Seeds))]));
        for (int round = 0; round < 3; round++)
        {
            Check(report => report.ScoreMedian, "median score");
            Check(report => report.Loss, "loss");
            for (int run = 0; run < Seeds; run++)
            {
                int? flips = actual[run].Rounds[round].RankFlips, expected = exact.Runs[run].Rounds[round].RankFlips;
                Assert.That(flips, expected is null ? Is.Null : Is.EqualTo(expected).Within(MostFlips), $"run {run}, round {round}");
            }

            void Check(Func<RoundReport, double> value, string what)
            {
                Tolerance.Check(
                    Floats(actual), [.. exact.Runs.Select(run => value(run.Rounds[round]))],
                    [.. naive.Select(fit => Floats(fit.Runs))], $"{what} of round {round}");

                float[] Floats(IReadOnlyList<RunReport> runs) => [.. runs.Select(run => (float)value(run.Rounds[round]))];
            }
        }
    }
}

/// <summary>The order in which blocks and threads of the emulated device come to run changes no bit of a fit.</summary>
[Category("Emulator")]
[Category("Slow")]
public sealed class FreeRunningScheduleTests
{
    [OneTimeSetUp]
    public void Ignore_without_a_compiler() => ClangCompiler.IgnoreIfMissing();

    [Test]
    public void A_fit_is_the_same_on_every_schedule([EachModel] BaseModel model)
    {
        FitResult[] results = [.. EmulatorOptions.Schedules(EmulatorMode.Fast).Select(On)];
        Assert.That(results, Has.Length.GreaterThan(1));
        foreach (FitResult result in results) FreeRunningTests.AssertSame(result, results[0]);

        FitResult On(EmulatorOptions options)
        {
            using var driver = new EmulatedCudaDriver(options);
            return FreeRunningTests.Fit(new CudaDevice(driver) { IsolateBuffers = true }, model, seeds: 2);
        }
    }
}
