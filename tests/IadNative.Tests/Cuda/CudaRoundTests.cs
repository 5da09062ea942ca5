using System.Runtime.InteropServices;
using IadNative.Compute;
using IadNative.Cuda;
using IadNative.Tests.Cuda.Kernels;
using IadNative.Tests.Emulator;

namespace IadNative.Tests.Cuda;

/// <summary>The work between two rounds as the engine holds it: driver calls, graphs.</summary>
public sealed class CudaRoundTests
{
    [TestCase(1, 5)]
    [TestCase(3, 8)]
    public void A_round_is_a_few_calls_of_which_none_reads_and_nothing_is_allocated(int members, int calls)
    {
        const int Samples = 500;
        using var driver = new FaultyDriver(new MemoryDriver());
        using var arena = new DeviceArena(driver, isolate: false);
        var round = new CudaRound(driver, new KernelSet(driver), arena, runs: 2, members, Samples, LossKind.OneClass, new bool[Samples]);
        arena.Allocate();
        round.Start();
        int before = driver.Calls.Count;
        round.Take(memberScores: 256, weights: 256, inverseTau: 4);
        DriverCall[] made = [.. driver.Calls.Skip(before)];
        Assert.That(made, Has.Length.EqualTo(calls).And.All.AnyOf(DriverCall.Launch, DriverCall.Clear));

        using var quiet = new MemoryDriver();
        using var quietArena = new DeviceArena(quiet, isolate: false);
        var again = new CudaRound(quiet, new KernelSet(quiet), quietArena, runs: 2, members, Samples, LossKind.OneClass, null);
        quietArena.Allocate();
        Assert.That(Allocations.Of(() => again.Take(256, 256, 4)), Is.Zero);
    }

    [Test, Category("Emulator")]
    public void Rounds_of_a_captured_graph_are_those_of_plain_launches()
    {
        ClangCompiler.IgnoreIfMissing();
        (int[] Ranks, RoundRecord[] Records)[] plain = [.. Rounds(isCaptured: false)], captured = [.. Rounds(isCaptured: true)];
        Assert.That(captured.Select(round => round.Ranks), Is.EqualTo(plain.Select(round => round.Ranks)));
        Assert.That(captured.Select(round => round.Records), Is.EqualTo(plain.Select(round => round.Records)));
        Assert.That(plain[1].Records.Select(record => record.Flips), Has.All.GreaterThan(0));
    }

    [Test]
    public void Labels_must_be_as_many_as_samples()
    {
        using var driver = new MemoryDriver();
        var arena = new DeviceArena(driver, isolate: false);
        Assert.That(
            () => new CudaRound(driver, new KernelSet(driver), arena, 1, 1, 5, LossKind.OneClass, new bool[4]),
            Throws.ArgumentException.With.Message.StartsWith("5 samples need as many labels, not 4."));
    }

    private static IEnumerable<(int[] Ranks, RoundRecord[] Records)> Rounds(bool isCaptured)
    {
        const int Runs = 2, Samples = 300;
        using var driver = new EmulatedCudaDriver(new());
        using var arena = new DeviceArena(driver, isolate: true);
        DeviceBuffer scores = arena.Reserve<float>(Runs * Samples), weights = arena.Reserve<float>(Runs * Samples);
        var round = new CudaRound(
            driver, new KernelSet(driver), arena, Runs, members: 1, Samples, LossKind.OneClass, RoundTrial.RandomLabels(1, Samples));
        arena.Allocate();
        round.Start();
        Action take = () => round.Take(scores.Address, weights.Address, inverseTau: 4);
        if (isCaptured)
        {
            driver.BeginCapture();
            take();
            nint graph = driver.EndCapture();
            take = () => driver.Replay(graph);
        }

        for (int t = 0; t < 3; t++)
        {
            driver.CopyToDevice(scores.Address, MemoryMarshal.AsBytes<float>(SortInputs.Scores(t, Runs * Samples)));
            take();
            var records = new RoundRecord[Runs];
            round.ReadRecords(records);
            yield return (driver.Download<int>(round.Ranks.Address, Runs * Samples), records);
        }
    }
}
