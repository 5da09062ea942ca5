using IadNative.Compute;
using IadNative.Compute.Cpu;
using IadNative.Cuda;
using IadNative.Data;
using IadNative.Detectors;
using IadNative.Iad;
using IadNative.Networks;
using IadNative.Tests.Compute;
using IadNative.Tests.Cuda.Kernels;
using IadNative.Tests.Detectors;
using IadNative.Tests.Emulator;

namespace IadNative.Tests.Cuda;

/// <summary>Whole fits on a CUDA device: what they give, and what passes between host and device.</summary>
[TestFixtureSource(typeof(KernelDevices), nameof(KernelDevices.FastFixtures))]
internal sealed class CudaFitTests(Func<ICudaDriver> open)
{
    private static readonly FitOptions s_options = new()
    {
        Network = new NetworkSpec(6, 3),
        Training = new TrainingOptions { Rounds = 2, Epochs = 1, BatchSize = 32, Seeds = 5, Seed = 11 },
    };

    [Test]
    public void A_tiny_fit_agrees_with_the_cpu(
        [Values] BaseModel model, [Values(1, 3)] int ensemble, [Values(127, 256)] int samples)
    {
        Dataset data = SyntheticData.Contaminated(samples, d: 4);
        FitOptions options = s_options with { Model = model, Training = s_options.Training with { Ensemble = ensemble } };
        using ICudaDriver driver = open();
        FitResult actual = AnomalyDetector.Fit(data, options with { Device = new CudaDevice(driver) { IsolateBuffers = true } });
        FitResult expected = AnomalyDetector.Fit(data, options);
        Assert.That(actual.Runs.Select(run => run.Seed), Is.EqualTo(expected.Runs.Select(run => run.Seed)));
        for (int run = 0; run < 5; run++)
        {
            IReadOnlyList<RoundReport> rounds = actual.Runs[run].Rounds, others = expected.Runs[run].Rounds;
            Assert.That(rounds.Select(round => round.Round), Is.EqualTo(new[] { 0, 1, 2 }));
            Assert.That(rounds[0].RankFlips, Is.Null);
            for (int t = 1; t < 3; t++)
                Assert.That(rounds[t].RankFlips, Is.EqualTo(others[t].RankFlips).Within(2), $"seed {run}, round {t}");
        }
    }

    [Test, Pairwise]
    public void Graphs_and_plain_launches_give_the_same_bits(
        [Values] BaseModel model, [Values(7, 33, 80)] int batches, [Values(0, 1, 5)] int rest)
    {
        // As many full batches of 6 as are said, and a last one of 5, of 7, or none.
        Dataset data = SyntheticData.Contaminated((6 * batches) + rest, d: 2);
        FitOptions options = s_options with
        {
            Model = model,
            Network = new NetworkSpec(3, 2),
            Training = s_options.Training with { Epochs = 3, Rounds = 1, BatchSize = 6, Seeds = 1 },
        };
        FitResult[] results = [.. new[] { true, false }.Select(useGraphs =>
        {
            using var driver = new FaultyDriver(open());
            FitResult result = AnomalyDetector.Fit(data, options with { Device = new CudaDevice(driver) { UseGraphs = useGraphs } });
            Assert.That(driver.Calls.Contains(DriverCall.Replay), Is.EqualTo(useGraphs));
            return result;
        })];
        FreeRunningTests.AssertSame(results[0], results[1]);
    }

    [Test]
    public void What_passes_between_host_and_device_in_a_round_does_not_grow_with_runs_samples_or_epochs()
    {
        // Per round: the outcomes and the records are read; and where the first run's round is its best, its parameters, statistics,
        // center and radius.
        const int Reads = 6;
        foreach ((int seeds, int samples, int epochs) in ((int, int, int)[])[(1, 60, 2), (1, 60, 9), (1, 200, 2), (6, 60, 2)])
        {
            using var driver = new FaultyDriver(open());
            var ends = new List<int>();
            AnomalyDetector.Fit(
                SyntheticData.Contaminated(samples, d: 3),
                s_options with
                {
                    Device = new CudaDevice(driver),
                    Training = s_options.Training with { Epochs = epochs, Rounds = 4, Seeds = seeds, BatchSize = 8 },
                },
                new RoundEnds(() => ends.Add(driver.Calls.Count)));
            Assert.That(ends, Has.Count.EqualTo(5));
            for (int round = 2; round < 5; round++)
            {
                string what = $"{seeds} seeds, {samples} samples, {epochs} epochs, round {round}";
                DriverCall[] calls = [.. driver.Calls.Skip(ends[round - 1]).Take(ends[round] - ends[round - 1])];
                Assert.That(calls.Count(call => call == DriverCall.CopyToHost), Is.InRange(2, Reads), what);
                Assert.That(calls, Has.None.EqualTo(DriverCall.CopyToDevice).And.None.EqualTo(DriverCall.Synchronize)
                    .And.None.EqualTo(DriverCall.Allocate).And.None.EqualTo(DriverCall.BeginCapture), what);
                Assert.That(calls.Count(call => call == DriverCall.Replay), Is.EqualTo(epochs), what);
                int first = Array.IndexOf(calls, DriverCall.Replay), last = Array.LastIndexOf(calls, DriverCall.Replay);
                Assert.That(
                    calls[first..last], Has.All.AnyOf(DriverCall.Replay, DriverCall.RecordEvent, DriverCall.AwaitEvent), what);

                // Beside the epochs: fresh networks, their centers, scores, ranks, weights, what is kept.
                int others = calls.Count(call => call is DriverCall.Launch or DriverCall.Multiply or DriverCall.Clear);
                Assert.That(others, Is.EqualTo(36), what);
            }
        }
    }

    [Test]
    public void Runs_that_have_no_room_side_by_side_train_in_turn_with_the_same_result([Values(1, 3)] int ensemble)
    {
        Dataset data = SyntheticData.Contaminated(n: 60, d: 3);
        FitOptions options = s_options with { Training = s_options.Training with { Ensemble = ensemble, Seeds = 4 } };
        FitResult expected = Fit(null, out int sessions);
        Assert.That(sessions, Is.EqualTo(1));
        AssertSame(Fit(3 * ensemble, out sessions));
        Assert.That(sessions, Is.EqualTo(2), "two and two");
        AssertSame(Fit(ensemble, out sessions));
        Assert.That(sessions, Is.EqualTo(4));
        Assert.That(() => Fit(ensemble - 1, out _), Throws.TypeOf<CudaOutOfMemoryException>());

        // cuBLAS may compute another number of networks by another algorithm, with other roundings.
        void AssertSame(FitResult actual)
        {
            using ICudaDriver driver = open();
            if (driver is EmulatedCudaDriver)
            {
                FreeRunningTests.AssertSame(actual, expected);
                return;
            }

            for (int run = 0; run < 4; run++)
            {
                for (int t = 1; t < 3; t++)
                    Assert.That(actual.Runs[run].Rounds[t].RankFlips, Is.EqualTo(expected.Runs[run].Rounds[t].RankFlips).Within(2));
            }
        }

        FitResult Fit(int? room, out int sessions)
        {
            using ICudaDriver driver = open();
            var device = new CrampedDevice(new CudaDevice(driver), room ?? int.MaxValue);
            FitResult result = AnomalyDetector.Fit(data, options with { Device = device });
            sessions = device.Sessions;
            return result;
        }
    }

    /// <summary>A device that has room for so many replicas.</summary>
    private sealed class CrampedDevice(CudaDevice device, int room) : IDevice, IRoundDevice
    {
        public int Sessions { get; private set; }

        public string Description => device.Description;

        public ISession CreateSession(Plan plan, SessionSpec spec)
        {
            if (spec.Replicas.Count > room) throw new CudaOutOfMemoryException("cuMemAlloc", 2, "out of memory");
            Sessions++;
            return device.CreateSession(plan, spec);
        }

        public IRounds CreateRounds(ISession session, RoundSpec spec) => ((CudaSession)session).CreateRounds(spec);
    }

    private sealed class RoundEnds(Action end) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Completed.Count > 0) end();
        }
    }
}
