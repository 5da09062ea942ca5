using IadNative.Compute;
using IadNative.Cuda;
using IadNative.Data;
using IadNative.Iad;
using IadNative.Models;
using IadNative.Networks;
using IadNative.Probe;

namespace IadNative.Tests.Cuda;

/// <summary>The work between two rounds as the engine holds it: its driver calls.</summary>
public sealed class CudaRoundsTests
{
    private static readonly Plan s_plan = ModelPlans.Build(new NetworkSpec(4, 2), 3, ModelKind.OneClass);

    [TestCase(1, 6)]
    [TestCase(3, 9)]
    public void Between_rounds_are_a_few_launches_whatever_the_runs_and_then_one_replay_and_none_reads(int members, int calls)
    {
        foreach (int runs in (int[])[1, 2, 7])
        {
            using var driver = new FaultyDriver(new MemoryDriver());
            using var round = new Rounds(driver, runs, members, samples: 500);
            int before = driver.Calls.Count;
            round.Work.Launch();
            DriverCall[] made = [.. driver.Calls.Skip(before)];
            Assert.That(made, Has.Length.EqualTo(calls).And.All.AnyOf(DriverCall.Launch, DriverCall.Clear));
            before = driver.Calls.Count;
            round.Work.Launch();
            Assert.That(driver.Calls.Skip(before), Is.EqualTo(
                [DriverCall.BeginCapture, .. made, DriverCall.EndCapture, DriverCall.Replay]));
            before = driver.Calls.Count;
            round.Work.Launch();
            Assert.That(driver.Calls.Skip(before), Is.EqualTo(new[] { DriverCall.Replay }));
            Assert.That(Allocations.Of(() => round.Work.Launch()), Is.LessThan(600), "the log of calls grows, nothing else");

            before = driver.Calls.Count;
            round.Work.Take();
            Assert.That(
                driver.Calls.Skip(before),
                Is.EqualTo([DriverCall.Replay, .. Enumerable.Repeat(DriverCall.CopyToHost, members == 1 ? 1 : 2)]),
                "the records, and the medians, since a device that computes nothing has no finite score");
        }
    }

    [TestCase(1, 5)]
    [TestCase(3, 6)]
    public void Keeping_a_round_is_one_copy_of_flags_and_a_launch_for_each_block_or_one_replay(int members, int launches)
    {
        foreach (int runs in (int[])[1, 2, 7])
        {
            using var driver = new FaultyDriver(new MemoryDriver());
            using var round = new Rounds(driver, runs, members, samples: 500);
            DriverCall[] keeps = [.. Enumerable.Repeat(DriverCall.Launch, launches)];
            Assert.That(CallsOfKeep(), Is.EqualTo([DriverCall.CopyToDevice, .. keeps]));
            Assert.That(
                CallsOfKeep(),
                Is.EqualTo([DriverCall.CopyToDevice, DriverCall.BeginCapture, .. keeps, DriverCall.EndCapture, DriverCall.Replay]));
            Assert.That(CallsOfKeep(), Is.EqualTo(new[] { DriverCall.CopyToDevice, DriverCall.Replay }));

            DriverCall[] CallsOfKeep()
            {
                int before = driver.Calls.Count;
                round.Work.Keep([.. Enumerable.Range(0, runs).Select(run => run % 2 == 0)]);
                return [.. driver.Calls.Skip(before)];
            }
        }
    }

    [Test]
    public void A_frozen_run_costs_the_device_nothing()
    {
        using var driver = new FaultyDriver(new MemoryDriver());
        using var round = new Rounds(driver, runs: 3, members: 1, samples: 20);
        int before = driver.Calls.Count;
        round.Work.Freeze(1);
        Assert.That(driver.Calls, Has.Count.EqualTo(before));
    }

    [Test]
    public void All_memory_is_given_back_also_when_there_is_too_little()
    {
        using var driver = new MemoryDriver();
        using (new Rounds(driver, runs: 2, members: 3, samples: 50))
            Assert.That(driver.FreeMemory, Is.LessThan(driver.Device.TotalMemory));
        Assert.That(driver.FreeMemory, Is.EqualTo(driver.Device.TotalMemory));

        using var counting = new FaultyDriver(new MemoryDriver());
        new Rounds(counting, runs: 2, members: 3, samples: 50).Dispose();
        int last = counting.Calls.LastIndexOf(DriverCall.Allocate);
        using var failing = new FaultyDriver(new MemoryDriver()) { FaultAt = last };
        Assert.That(() => new Rounds(failing, runs: 2, members: 3, samples: 50), Throws.TypeOf<CudaOutOfMemoryException>());
    }

    [Test]
    public void Labels_must_be_as_many_as_samples()
    {
        using var driver = new MemoryDriver();
        Assert.That(
            () => new Rounds(driver, 1, 1, samples: 5, labels: 4),
            Throws.ArgumentException.With.Message.StartsWith("5 samples need as many labels, not 4."));
    }

    /// <summary>Rounds without a session.</summary>
    private sealed class Rounds : IDisposable
    {
        private readonly DeviceArena _arena;

        public Rounds(ICudaDriver driver, int runs, int members, int samples, int? labels = null)
        {
            _arena = new DeviceArena(driver, isolate: false);
            var session = new SessionSpec
            {
                Data = new float[3 * samples],
                Scaler = new FeatureScaler(new float[3], [1, 1, 1]),
                Replicas = [.. Enumerable.Range(0, runs * members).Select(r => new ReplicaSpec(0, r % members, [0]))],
                BatchSize = 2,
                LearningRate = 0,
            };
            var state = new CudaState(driver, s_plan, session, _arena);
            _arena.Allocate();
            var spec = new RoundSpec
            {
                Runs = runs,
                Families = [new FamilyScores(members, MemberScale.DivideByMedian)],
                Samples = samples,
                Labels = new bool[labels ?? samples],
                InverseTau = 4,
            };
            Work = new CudaRounds(driver, new DeviceKernels(driver), state, spec, isolateBuffers: false, useGraphs: true);
            Work.Allocate();
        }

        public CudaRounds Work { get; }

        public void Dispose()
        {
            Work.Dispose();
            _arena.Dispose();
        }
    }
}
