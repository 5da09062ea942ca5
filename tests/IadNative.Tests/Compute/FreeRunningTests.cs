using System.Collections.Concurrent;
using IadNative.Compute;
using IadNative.Compute.Cpu;
using IadNative.Cuda;
using IadNative.Data;
using IadNative.Detectors;
using IadNative.Iad;
using IadNative.Networks;
using IadNative.Tests.Detectors;
using IadNative.Tests.Emulator;

namespace IadNative.Tests.Compute;

/// <summary>
/// Short fits on every device, each left to itself: ranks may differ from the CPU's by what rounding does to samples beside the
/// median, and no more.
/// </summary>
[TestFixtureSource(typeof(Devices), nameof(Devices.Fixtures))]
internal sealed class FreeRunningTests(IDevice device)
{
    private const int MostFlips = 2;

    private static readonly Dataset _data = SyntheticData.Contaminated(n: 101, d: 5);
    private static readonly ConcurrentDictionary<BaseModel, FitResult> _onCpu = [];

    [Test]
    public void Rank_flips_agree_with_the_cpus_in_every_round_of_every_seed([Values] BaseModel model)
    {
        FitResult result = Fit(device, model, seeds: 5);
        FitResult cpu = _onCpu.GetOrAdd(model, _ => Fit(new CpuDevice(threads: 2), model, seeds: 5));
        Assert.That(result.Alarms, Is.Empty);
        Assert.That(result.Runs, Has.Count.EqualTo(5));
        for (int run = 0; run < 5; run++) AssertClose(result.Runs[run], cpu.Runs[run]);
    }

    [Test]
    public void Runs_side_by_side_agree_with_single_runs([Values] BaseModel model)
    {
        FitResult together = Fit(device, model, seeds: 2);
        for (int run = 0; run < 2; run++)
        {
            FitResult alone = Fit(device, model, seeds: 1, seed: 17 + (ulong)run);
            AssertClose(together.Runs[run], alone.Runs[0]);
        }

        Assert.That(together.Runs[0].Rounds[0].ScoreMedian, Is.Not.EqualTo(together.Runs[1].Rounds[0].ScoreMedian), "the seeds differ");
    }

    [Test]
    public void The_same_fit_again_gives_the_same_bits([Values] BaseModel model)
    {
        FitResult first = Fit(device, model, seeds: 2), second = Fit(device, model, seeds: 2);
        AssertSame(second, first);
    }

    internal static FitResult Fit(IDevice device, BaseModel model, int seeds, ulong seed = 17) => AnomalyDetector.Fit(_data, new FitOptions
    {
        Model = model,
        Network = new NetworkSpec(9, 5, 3),
        Device = device,
        Training = new TrainingOptions { Rounds = 2, Epochs = 1, BatchSize = 32, Seeds = seeds, Seed = seed },
    });

    internal static void AssertSame(FitResult actual, FitResult expected)
    {
        Assert.That(actual.Runs.Select(SyntheticData.Fingerprint), Is.EqualTo(expected.Runs.Select(SyntheticData.Fingerprint)));
        Assert.That(actual.Detector.Saved(), Is.EqualTo(expected.Detector.Saved()));
    }

    private static void AssertClose(RunReport actual, RunReport expected)
    {
        Assert.That(actual.Seed, Is.EqualTo(expected.Seed));
        Assert.That(actual.Rounds, Has.Count.EqualTo(3).And.Count.EqualTo(expected.Rounds.Count));
        for (int round = 0; round < 3; round++)
        {
            string what = $"seed {actual.Seed}, round {round}";
            RoundReport a = actual.Rounds[round], e = expected.Rounds[round];
            if (round == 0) Assert.That((a.RankFlips, e.RankFlips), Is.EqualTo(((int?)null, (int?)null)));
            else Assert.That(a.RankFlips!.Value, Is.EqualTo(e.RankFlips!.Value).Within(MostFlips), what);
            Assert.That(a.ScoreMedian, Is.EqualTo(e.ScoreMedian).Within(0.1).Percent, what);
            Assert.That(a.Loss, Is.EqualTo(e.Loss).Within(0.1).Percent, what);
        }
    }
}

/// <summary>The order in which blocks and threads of the emulated device come to run changes no bit of a fit.</summary>
[Category("Emulator")]
public sealed class FreeRunningScheduleTests
{
    [OneTimeSetUp]
    public void Ignore_without_a_compiler() => ClangCompiler.IgnoreIfMissing();

    [Test]
    public void A_fit_is_the_same_on_every_schedule([Values] BaseModel model)
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
