using IadNative.Compute;
using IadNative.Compute.Cpu;
using IadNative.Cuda;
using IadNative.Data;
using IadNative.Detectors;
using IadNative.Iad;
using IadNative.Models;
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
        Model = BaseModel.OneClassSvdd,
        Network = new NetworkSpec(6, 3),
        Training = new TrainingOptions { Rounds = 2, Epochs = 1, BatchSize = 32, Seeds = 5, Seed = 11 },
    };

    [Test]
    public void A_tiny_fit_agrees_with_the_cpu(
        [EachModel] BaseModel model, [Values(1, 3)] int ensemble, [Values(127, 256)] int samples)
    {
        Dataset data = SyntheticData.Contaminated(samples, d: 4);
        FitOptions options = s_options with
        {
            Model = model, Scaling = FeatureScaling.Standard, Network = s_options.Network!.On(model), Training = s_options.Training with { Ensemble = ensemble },
        };
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

    [Test]
    public void A_committee_trains_on_columns_and_rows_of_its_own_and_has_the_scores_of_its_detector([Values(1, 2)] int families)
    {
        Dataset data = SyntheticData.Contaminated(127, d: 5);
        DetectorFamily[] all =
        [
            new() { Network = new NetworkSpec(6, 3), ColumnsPerMember = 3, Count = 3, Range = 1, RowsPerMember = 70 },
            new() { Model = new MaskedAutoregressiveFlow(), Network = new NetworkSpec(4), ColumnsPerMember = 2, Count = 2, LearningRate = 1e-2 },
        ];
        FitOptions options = s_options with
        {
            Families = all[..families],
            MemberScale = MemberScale.Quartiles,
            Training = s_options.Training with { Seeds = 2, Termination = TerminationCriterion.Average(1, 2) },
        };
        using ICudaDriver driver = open();
        FitResult actual = AnomalyDetector.Fit(data, options with { Device = new CudaDevice(driver) { IsolateBuffers = true } });
        FitResult expected = AnomalyDetector.Fit(data, options);
        Assert.That(actual.Runs.SelectMany(run => run.Rounds).Select(round => round.NeutralMembers), Has.All.Zero);
        Assert.That(actual.Runs.Select(run => run.KeptRounds), Has.All.EqualTo(new[] { 1, 2 }));
        Assert.That(actual.Detector.Content.Members.Select(member => member.Features), Is.EqualTo(expected.Detector.Content.Members.Select(member => member.Features)));
        for (int i = 0; i < data.Rows; i++)
        {
            Assert.That(actual.TrainingScores![i], Is.EqualTo(actual.DetectorScores[i]).Within(1e-3), $"row {i}");
            Assert.That(actual.DetectorScores[i], Is.EqualTo(expected.DetectorScores[i]).Within(0.05), $"row {i} on the CPU");
        }
    }

    [Test, Pairwise]
    public void Graphs_and_plain_launches_give_the_same_bits(
        [EachModel] BaseModel model, [Values(7, 33, 64, 80)] int batches, [Values(0, 1, 5)] int rest)
    {
        // As many full batches of 6 as are said, and a last one of 5, of 7, or none.
        Dataset data = SyntheticData.Contaminated((6 * batches) + rest, d: 2);
        FitOptions options = s_options with
        {
            Model = model,
            Network = new NetworkSpec(3, 2).On(model),
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

    // More full batches than one graph holds, more rows than are scored together, which are 64, more than one block sorts, an ensemble,
    // more runs, more epochs; epochs that are one kernel.
    [TestCase(1, 1, 60, 2, 8, false)]
    [TestCase(1, 1, 60, 9, 8, false)]
    [TestCase(6, 1, 60, 2, 8, false)]
    [TestCase(1, 1, 400, 2, 6, false)]
    [TestCase(1, 1, 2_500, 2, 30, false)]
    [TestCase(1, 1, 8_400, 2, 100, false)]
    [TestCase(2, 3, 10_500, 2, 100, false)]
    [TestCase(1, 1, 400, 2, 6, true)]
    [TestCase(2, 3, 2_500, 2, 30, true)]
    public void The_calls_of_a_round_do_not_grow_with_runs_members_or_samples_but_for_replayed_chunks(
        int seeds, int ensemble, int samples, int epochs, int batch, bool useFusion)
    {
        using var driver = new FaultyDriver(open());
        var ends = new List<int>();
        AnomalyDetector.Fit(
            SyntheticData.Contaminated(samples, d: 3),
            s_options with
            {
                Device = new CudaDevice(driver) { ChunkBytes = 1, UseFusion = useFusion },
                Training = s_options.Training with
                {
                    Epochs = epochs, Rounds = 4, Seeds = seeds, Ensemble = ensemble, BatchSize = batch,
                },
            },
            new RoundEnds(() => ends.Add(driver.Calls.Count)));
        Assert.That(ends, Has.Count.EqualTo(5));
        int rows = ensemble == 1 ? samples : samples * 4 / 5, full = rows / batch;
        int chunks = useFusion || full <= SteppedEpoch.ChunkSteps ? 1 : 2 + (full / SteppedEpoch.ChunkSteps);
        int passes = LaunchShape.Blocks(rows, CudaPassWalk.SmallestChunk) + LaunchShape.Blocks(samples, CudaPassWalk.SmallestChunk);
        for (int round = 3; round < 5; round++) // by then, all is recorded
        {
            DriverCall[] calls = [.. driver.Calls.Skip(ends[round - 1]).Take(ends[round] - ends[round - 1])];

            // Fresh networks: two kinds of tensors, and the moments, center, radius and step counts that are none. Training begins.
            Assert.That(calls.Count(call => call == DriverCall.Launch), Is.EqualTo(3), $"round {round}");
            Assert.That(calls.Count(call => call == DriverCall.Clear), Is.EqualTo(5), $"round {round}");

            // Their centers and scores, chunk by chunk; every epoch; all that follows from scores; where a run's round is its best,
            // which runs' are, and their copies.
            int keeps = calls.Count(call => call == DriverCall.CopyToDevice);
            Assert.That(keeps, Is.AnyOf(0, 1), $"round {round}");
            Assert.That(calls.Count(call => call == DriverCall.Replay), Is.EqualTo((epochs * chunks) + passes + 1 + keeps), $"round {round}");
            Assert.That(calls.Count(call => call == DriverCall.RecordEvent), Is.EqualTo(epochs), $"round {round}");
            Assert.That(calls.Count(call => call == DriverCall.AwaitEvent), Is.EqualTo(epochs - 2), $"round {round}");

            // The outcomes and the records; where the first run's round is its best, of every member its parameters, statistics,
            // center and radius, and the medians.
            int networks = (4 * ensemble) + (ensemble > 1 ? 1 : 0);
            int reads = calls.Count(call => call == DriverCall.CopyToHost);
            Assert.That(reads, keeps == 0 ? Is.EqualTo(2) : Is.AnyOf(2, 2 + networks), $"round {round}");
            Assert.That(
                calls, Has.All.AnyOf(DriverCall.Launch, DriverCall.Clear, DriverCall.Replay, DriverCall.RecordEvent,
                    DriverCall.AwaitEvent, DriverCall.CopyToHost, DriverCall.CopyToDevice), $"round {round}");
            Assert.That(
                calls.TakeWhile(call => call != DriverCall.CopyToHost).Count(), Is.EqualTo(8 + passes + (epochs * (chunks + 2)) - 2),
                $"round {round}: nothing is read before all epochs and scores are queued");
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

        public bool HasRoom(IReadOnlyList<(Plan Plan, SessionSpec Spec)> sessions, RoundSpec rounds) => true; // it notices at work
    }

    private sealed class RoundEnds(Action end) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Completed.Count > 0) end();
        }
    }
}
