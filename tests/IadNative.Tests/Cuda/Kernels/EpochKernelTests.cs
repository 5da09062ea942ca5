using IadNative.Cuda;
using IadNative.Random;
using IadNative.Tests.Emulator;

namespace IadNative.Tests.Cuda.Kernels;

/// <summary>Where training begins, the random numbers of an epoch's order, and how an epoch ends.</summary>
[TestFixtureSource(typeof(KernelDevices), nameof(KernelDevices.Fixtures))]
internal sealed class EpochKernelTests(Func<ICudaDriver> open) : KernelTests(open)
{
    public static readonly KernelExercise Exercise = new("epoch.cu", driver =>
    {
        var bench = new Bench(driver);
        Draw(bench, rows: 1031, replicas: 2, round: 3, epoch: 4);
        Epochs(bench, [[1, 2], [double.NaN, 4], [5, double.PositiveInfinity]], rows: 3);
    });

    [Test]
    public void Draws_are_those_of_the_cpu(
        [Values(2, 3, 4, 5, 255, 1023, 1024, 1025, 4097)] int rows, [Values(1, 3)] int replicas) =>
        Draw(Bench, rows, replicas, round: rows, epoch: 65_535 - rows);

    [Test]
    public void Losses_are_means_and_the_first_that_is_not_finite_is_written_down([Values(1, 3, 255, 257, 600)] int replicas)
    {
        double[] special = [double.NaN, double.PositiveInfinity, double.NegativeInfinity];
        Epochs(
            Bench,
            [.. Enumerable.Range(0, replicas).Select(r => (double[])
                [r + 1, r % 3 == 1 ? special[r % 9 / 3] : 2 * r, r % 5 == 2 ? double.NaN : -r, 0.1 * r])],
            rows: 7);
    }

    private static void Draw(Bench bench, int rows, int replicas, int round, int epoch)
    {
        ulong[] seeds = [.. Enumerable.Range(0, replicas).Select(r => ulong.MaxValue / 3 * (ulong)r + 5)];
        int[] members = [.. Enumerable.Range(0, replicas).Select(r => 2 * r)];
        ulong cursor = bench.Driver.Upload<CursorRecord>([new() { Epoch = epoch, Round = round }]);
        ulong draws = bench.Driver.Allocate<uint>(rows * replicas);
        bench.Launch(
            CudaShuffle.DrawOrder,
            new()
            {
                Cursor = cursor,
                Seeds = bench.Driver.Upload<ulong>(seeds),
                Members = bench.Driver.Upload<int>(members),
                Draws = draws,
                Rows = rows,
                Purpose = (int)RandomPurpose.PretrainShuffle,
            },
            replicas);
        uint[] actual = bench.Driver.Download<uint>(draws, rows * replicas);
        for (int r = 0; r < replicas; r++)
        {
            uint[] expected = new uint[rows];
            new RandomSequence(seeds[r], RandomPurpose.PretrainShuffle, members[r], round, epoch).Fill(expected);
            if (!actual.AsSpan(r * rows, rows).SequenceEqual(expected)) Assert.Fail($"{rows} rows, replica {r} of {replicas}");
        }
    }

    /// <summary>One loss for each replica and epoch.</summary>
    private static void Epochs(Bench bench, double[][] losses, int rows)
    {
        const int First = 5;
        int replicas = losses.Length;
        ulong cursor = bench.Driver.Upload<CursorRecord>([new() { Start = 9, Epoch = 9, Round = 9 }]);
        ulong sums = bench.Driver.Upload<double>([.. losses.Select(_ => double.NaN)]);
        ulong outcomes = bench.Driver.Upload<OutcomeRecord>([.. losses.Select(_ => new OutcomeRecord { Loss = 8, FailedEpoch = 8 })]);
        bench.Launch(CudaEpoch.BeginTraining, new()
        {
            Cursor = cursor, EpochLoss = sums, Outcomes = outcomes, Replicas = replicas, Round = 3, Epoch = First,
        });
        Assert.That(Cursor(), Is.EqualTo(new CursorRecord { Start = 0, Epoch = First, Round = 3 }));
        Assert.That(Outcomes(), Is.All.EqualTo((0.0, -1)));
        Assert.That(bench.Driver.Download<double>(sums, replicas), Is.All.Zero);

        for (int i = 0; i < losses[0].Length; i++)
        {
            bench.Driver.CopyToDevice(sums, System.Runtime.InteropServices.MemoryMarshal.AsBytes<double>([.. losses.Select(own => own[i])]));
            bench.Launch(CudaEpoch.FinishEpoch, new()
            {
                Cursor = cursor, EpochLoss = sums, Outcomes = outcomes, Replicas = replicas, Rows = rows,
            });
            Assert.That(Cursor(), Is.EqualTo(new CursorRecord { Start = 0, Epoch = First + i + 1, Round = 3 }));
            Assert.That(bench.Driver.Download<double>(sums, replicas), Is.All.Zero);
            Assert.That(Outcomes(), Is.EqualTo(losses.Select(own =>
            {
                int failed = Array.FindIndex(own, 0, i + 1, loss => !double.IsFinite(loss));
                return failed < 0 ? (own[i] / rows, -1) : (own[failed] / rows, First + failed);
            })));
        }

        CursorRecord Cursor() => bench.Driver.Download<CursorRecord>(cursor, 1)[0];

        (double, int)[] Outcomes() =>
            [.. bench.Driver.Download<OutcomeRecord>(outcomes, replicas).Select(outcome => (outcome.Loss, outcome.FailedEpoch))];
    }
}
