using IadNative.Compute;
using IadNative.Cuda;
using IadNative.Data;
using IadNative.Detectors;
using IadNative.Iad;
using IadNative.Models;
using IadNative.Networks;
using IadNative.Probe;
using IadNative.Tests.Compute;
using IadNative.Tests.Compute.Twin;
using IadNative.Tests.Detectors;
using IadNative.Tests.Emulator;

namespace IadNative.Tests.Cuda;

/// <summary>What a session takes of a device's memory, and that it gives all of it back.</summary>
public sealed class CudaSessionMemoryTests
{
    private static readonly Problem s_problem = new(new NetworkSpec(4, 2), 3, 40, ModelKind.OneClass, replicas: 3, batchSize: 12);

    [Test]
    public void A_disposed_session_leaves_no_memory_allocated([Values] bool isolate)
    {
        using var driver = new MemoryDriver();
        var session = s_problem.Start(new CudaDevice(driver) { IsolateBuffers = isolate });
        Assert.That(driver.FreeMemory, Is.LessThan(driver.Device.TotalMemory));
        session.Dispose();
        session.Dispose();
        Assert.That(driver.FreeMemory, Is.EqualTo(driver.Device.TotalMemory));
    }

    [Test]
    public void A_session_that_cannot_be_created_leaves_no_memory_allocated([Values] bool isolate)
    {
        using var counting = new FaultyDriver(new MemoryDriver());
        new CudaDevice(counting) { IsolateBuffers = isolate }.CreateSession(s_problem.Plan, s_problem.Spec).Dispose();
        int[] allocations = [.. Enumerable.Range(0, counting.Calls.Count).Where(call => counting.Calls[call] == DriverCall.Allocate)];
        Assert.That(allocations, isolate ? Has.Length.GreaterThan(20) : Has.Length.EqualTo(1));
        foreach (int call in allocations)
        {
            using var driver = new FaultyDriver(new MemoryDriver()) { FaultAt = call };
            var device = new CudaDevice(driver) { IsolateBuffers = isolate };
            Assert.That(() => device.CreateSession(s_problem.Plan, s_problem.Spec), Throws.TypeOf<CudaOutOfMemoryException>());
            Assert.That(driver.FreeMemory, Is.EqualTo(driver.Device.TotalMemory), $"call {call}");
        }
    }

    [Test]
    public void Disposing_a_session_of_a_lost_device_does_not_throw([Values] bool isolate)
    {
        using var driver = new FaultyDriver(new MemoryDriver()) { FaultAt = Creation(isolate) };
        ISession session = new CudaDevice(driver) { IsolateBuffers = isolate }.CreateSession(s_problem.Plan, s_problem.Spec);
        Assert.That(session.Score, Throws.TypeOf<CudaException>().With.Property(nameof(CudaException.Status)).EqualTo(FaultyDriver.IllegalAddress));
        Assert.That(driver.Lost);
        Assert.That(session.Dispose, Throws.Nothing);
        Assert.That(driver.Calls[^1], Is.EqualTo(DriverCall.Free));
    }

    [Test]
    public void Too_little_memory_is_told_with_what_was_needed_and_what_to_do([Values] bool isolate)
    {
        long needed = Needed();
        using var enough = new MemoryDriver(needed);
        new CudaDevice(enough).CreateSession(s_problem.Plan, s_problem.Spec).Dispose();

        // Isolated buffers need no alignment, and so a little less.
        using var driver = new MemoryDriver(isolate ? needed / 4 : needed - 1);
        var device = new CudaDevice(driver) { IsolateBuffers = isolate };
        var e = Assert.Throws<CudaOutOfMemoryException>(() => device.CreateSession(s_problem.Plan, s_problem.Spec));
        Assert.That((e!.Call, e.Status), Is.EqualTo(("cuMemAlloc", FaultyDriver.OutOfMemory)));
        Assert.That(e.Message, Does.Contain($" {needed.ToString("n0", System.Globalization.CultureInfo.InvariantCulture)} bytes")
            .And.Contain("3 networks").And.Contain("40 samples").And.Contain("fewer seeds or ensemble members").And.Contain("--device cpu"));
    }

    [Test]
    public void Training_allocates_nothing_on_the_host_however_many_steps([Values] bool useGraphs)
    {
        foreach (Problem problem in Problem.OfEachKind(40, replicas: 2, batchSize: 12))
        {
            using var driver = new MemoryDriver(1 << 24);
            using ISession session = new CudaDevice(driver) { UseGraphs = useGraphs }.CreateSession(problem.Plan, problem.Spec);
            Assert.That(Allocations.Of(() => Train(9)), Is.EqualTo(Allocations.Of(() => Train(1))), problem.Name);

            void Train(int epochs) => session.Train(new EpochRange(0, 0, epochs), null, CancellationToken.None);
        }
    }

    [Test]
    public void There_is_room_for_what_fits_into_free_memory_and_for_no_more_than_65535_replicas()
    {
        Assert.That(HasRoom(3, Needed(rounds: true) * 16 / 15 + 16), Is.True);
        Assert.That(HasRoom(3, Needed(rounds: true) - 1), Is.False);
        Assert.That(HasRoom(65_535, long.MaxValue), Is.True);
        Assert.That(HasRoom(65_536, long.MaxValue), Is.False);

        static bool HasRoom(int replicas, long memory)
        {
            using var driver = new MemoryDriver(memory);
            SessionSpec spec = s_problem.Spec with { Replicas = [.. Enumerable.Repeat(s_problem.Spec.Replicas[0], replicas)] };
            return ((IRoundDevice)new CudaDevice(driver)).HasRoom([(s_problem.Plan, spec)], Rounds(replicas));
        }
    }

    [Test, Category("Emulator"), Category("Slow")]
    public void Two_sessions_on_one_driver_keep_apart_and_give_all_memory_back()
    {
        ClangCompiler.IgnoreIfMissing();
        using var driver = new EmulatedCudaDriver(new EmulatorOptions { Mode = EmulatorMode.Check });
        var device = new CudaDevice(driver) { IsolateBuffers = true };
        var epochs = new EpochRange(Round: 0, First: 0, Count: 2);
        ISession first = s_problem.Start(device);
        first.Train(epochs, null, CancellationToken.None);
        float[] alone = Parameters(first);
        first.Dispose();
        Assert.That(driver.FreeMemory, Is.EqualTo(driver.Device.TotalMemory));

        first = s_problem.Start(device);
        ISession second = new Problem(new NetworkSpec(5), 7, 31, ModelKind.Reconstruction).Start(device);
        first.Train(new EpochRange(0, 0, 1), null, CancellationToken.None);
        second.Train(epochs, null, CancellationToken.None);
        first.Train(new EpochRange(0, 1, 1), null, CancellationToken.None);
        second.Dispose();
        Assert.That(Parameters(first), Is.EqualTo(alone).And.None.NaN);
        first.Dispose();
        Assert.That(driver.FreeMemory, Is.EqualTo(driver.Device.TotalMemory));
    }

    [Test, Category("Emulator"), Category("Slow")]
    public void Runs_train_side_by_side_as_far_as_free_memory_goes([Values(1, 3)] int ensemble, [Values(0, 2)] int pretrainEpochs)
    {
        ClangCompiler.IgnoreIfMissing();
        Dataset data = SyntheticData.Contaminated(n: 60, d: 3);
        var options = new FitOptions
        {
            Model = BaseModel.OneClassSvdd.Pretrained(pretrainEpochs),
            Network = new NetworkSpec(6, 3),
            Training = new TrainingOptions
            {
                Rounds = 2, Epochs = 1, BatchSize = 32, Seeds = 5, Ensemble = ensemble,
            },
        };
        FitResult expected = Fit(runs: 5, out int sessions);
        Assert.That(sessions, Is.EqualTo(1));
        FreeRunningTests.AssertSame(Fit(runs: 4, out sessions), expected);
        Assert.That(sessions, Is.EqualTo(2), "three and two");
        FreeRunningTests.AssertSame(Fit(runs: 2, out sessions), expected);
        Assert.That(sessions, Is.EqualTo(3), "two, two and one");
        FreeRunningTests.AssertSame(Fit(runs: 1, out sessions), expected);
        Assert.That(sessions, Is.EqualTo(5));

        // With memory for so many runs, and a little less than one more needs.
        FitResult Fit(int runs, out int sessions)
        {
            long enough = Used(runs + 1) / 15 * 16;
            using var driver = new FaultyDriver(new EmulatedCudaDriver(new() { MemoryBytes = enough - 512 }));
            FitResult result = AnomalyDetector.Fit(data, options with { Device = new CudaDevice(driver) });
            sessions = driver.Calls.Count(call => call == DriverCall.Allocate) / (pretrainEpochs > 0 ? 3 : 2);
            return result;
        }

        // Every session, and its rounds, is one allocation.
        long Used(int runs)
        {
            using var driver = new FaultyDriver(new EmulatedCudaDriver(new()));
            long most = 0;
            AnomalyDetector.Fit(
                data, options with { Device = new CudaDevice(driver), Training = options.Training with { Seeds = runs, Rounds = 0 } },
                new SyncProgress(() => most = driver.Device.TotalMemory - driver.FreeMemory));
            return most;
        }
    }

    private static float[] Parameters(ISession session)
    {
        var state = new ReplicaState(s_problem.Plan);
        session.Export(0, state);
        return state.Parameters;
    }

    // The calls that create a session.
    private static int Creation(bool isolate)
    {
        using var driver = new FaultyDriver(new MemoryDriver());
        using ISession session = new CudaDevice(driver) { IsolateBuffers = isolate }.CreateSession(s_problem.Plan, s_problem.Spec);
        return driver.Calls.Count;
    }

    private static RoundSpec Rounds(int runs) => new()
    {
        Runs = runs,
        Families = [new FamilyScores(1, MemberScale.DivideByMedian)],
        Samples = 40,
        Labels = null,
        InverseTau = 4,
    };

    private static long Needed(bool rounds = false)
    {
        using var driver = new MemoryDriver();
        var device = new CudaDevice(driver);
        using ISession session = device.CreateSession(s_problem.Plan, s_problem.Spec);
        using IRounds? work = rounds ? ((IRoundDevice)device).CreateRounds(session, Rounds(3)) : null;
        return driver.Device.TotalMemory - driver.FreeMemory;
    }

    private sealed class SyncProgress(Action report) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => report();
    }
}
