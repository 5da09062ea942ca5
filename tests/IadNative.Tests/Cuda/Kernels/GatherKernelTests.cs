using IadNative.Cuda;
using IadNative.Cuda.Operations;
using IadNative.Tests.Emulator;

namespace IadNative.Tests.Cuda.Kernels;

/// <summary>
/// The rows of a batch, (x - offset) scale, their importance weights, and what Adam's step depends on: its number t, rate / (1 - b1^t)
/// and 1 / sqrt(1 - b2^t).
/// </summary>
[TestFixtureSource(typeof(KernelDevices), nameof(KernelDevices.Fixtures))]
internal sealed class GatherKernelTests(Func<ICudaDriver> open) : KernelTests(open)
{
    public static readonly KernelExercise Exercise = new("gather.cu", driver =>
    {
        var bench = new Bench(driver);
        Gather(bench, samples: 33, features: 33, replicas: 3, start: 2, hasRows: true, hasImportance: true);
        Gather(bench, samples: 33, features: 5, replicas: 3, start: 2, hasRows: true, hasImportance: true, others: 4);
        Gather(bench, samples: 31, features: 3, replicas: 3, start: 0, hasRows: false, hasImportance: false);
        Count(bench, [0, 1, 8]);
    });

    [Test]
    public void Rows_are_gathered_and_standardised(
        [Values(1, 2, 31, 33, 127, 257)] int samples, [Values(0, 5)] int start)
    {
        foreach (var (features, replicas, hasRows, hasImportance) in Cases(samples))
            Gather(Bench, samples, features, replicas, start, hasRows, hasImportance);
    }

    [Test]
    public void Columns_of_each_replica_are_gathered_in_its_order([Values(1, 31, 257)] int samples, [Values(0, 5)] int start)
    {
        foreach (var (features, replicas, hasRows, hasImportance) in Cases(samples))
            Gather(Bench, samples, features, replicas, start, hasRows, hasImportance, others: 3);
    }

    [Test]
    public void Every_replica_has_the_corrections_of_its_own_step([Values(1, 3, 255, 256, 257, 600)] int replicas) =>
        Count(Bench, [.. Enumerable.Range(0, replicas).Select(r => (long)r)]);

    [Test]
    public void Corrections_vanish_after_very_many_steps() => Count(Bench, [1_000, 10_000, 1_000_000, int.MaxValue, 1L << 40]);

    private static void Count(Bench bench, long[] steps)
    {
        const float beta1 = 0.9f, beta2 = 0.999f;
        const double rate = 1e-3;
        const int samples = 300;
        ulong counters = bench.Driver.Upload<long>(steps);
        Blocks corrections = Blocks.Output(bench.Driver, 1, 2 * steps.Length, (2 * steps.Length) + 3);
        bench.Launch(
            CudaGatherBatch.Kernel,
            new()
            {
                Data = bench.Driver.AllocateZeros<float>(samples),
                Offset = bench.Driver.AllocateZeros<float>(1),
                Scale = bench.Driver.AllocateZeros<float>(1),
                Cursor = bench.Driver.AllocateZeros<int>(4),
                Output = bench.Driver.Allocate<float>(samples * steps.Length),
                Steps = counters,
                Corrections = corrections.Address,
                OutputStride = samples,
                Rate = rate,
                Width = 1,
                Features = 1,
                Samples = samples,
                Beta1 = beta1,
                Beta2 = beta2,
            },
            steps.Length);
        Assert.That(bench.Driver.Download<long>(counters, steps.Length), Is.EqualTo(steps.Select(step => step + 1)));
        float[] actual = corrections.Read("corrections")[0];
        for (int r = 0; r < steps.Length; r++)
        {
            // Formed in float64 and rounded once.
            long t = steps[r] + 1;
            Near(actual[2 * r], rate / (1 - Math.Pow(beta1, t)), $"first correction of step {t}");
            Near(actual[(2 * r) + 1], 1 / Math.Sqrt(1 - Math.Pow(beta2, t)), $"second correction of step {t}");
        }
    }

    private static void Near(float actual, double exact, string what) =>
        Assert.That(actual, Is.InRange(MathF.BitDecrement((float)exact), MathF.BitIncrement((float)exact)), what);

    private static void Gather(
        Bench bench, int samples, int features, int replicas, int start, bool hasRows, bool hasImportance, int others = 0)
    {
        string what =
            $"{samples} x {features} from {start}, {replicas} replicas, rows {hasRows}, importance {hasImportance}, {others} other columns";
        int width = features + others, n = start + samples + 4, stride = (samples * features) + 5, rowsStride = n + 2;
        var random = new System.Random(samples + (1000 * features));
        float[] data = Blocks.Normal(random, 1, n * width)[0];
        float[] offset = Blocks.Normal(random, 1, width)[0], scale = Blocks.Positive(random, 1, width)[0];
        int[][] columns = [.. Enumerable.Range(0, replicas).Select(_ =>
        {
            int[] order = [.. Enumerable.Range(0, width)];
            if (others > 0) random.Shuffle(order);
            return order[..features];
        })];
        float[][] importance = Blocks.Positive(random, replicas, n);
        int[] rows = new int[replicas * rowsStride];
        Array.Fill(rows, int.MaxValue);
        for (int r = 0; r < replicas; r++)
        {
            int[] order = [.. Enumerable.Range(0, n)];
            random.Shuffle(order);
            order.CopyTo(rows, r * rowsStride);
        }

        Blocks output = Blocks.Output(bench.Driver, replicas, samples * features, stride);
        Blocks weights = Blocks.Output(bench.Driver, replicas, samples, samples + 3);
        ulong cursor = bench.Driver.Upload<CursorRecord>([new() { Start = start, Epoch = 2, Round = 3, Chunk = 9 }]);
        bench.Launch(
            CudaGatherBatch.Kernel,
            new()
            {
                Data = bench.Driver.Upload<float>(data),
                Rows = hasRows ? bench.Driver.Upload<int>(rows) : 0,
                Columns = others > 0 ? bench.Driver.Upload<int>(columns.SelectMany(chosen => chosen).ToArray()) : 0,
                Offset = bench.Driver.Upload<float>(offset),
                Scale = bench.Driver.Upload<float>(scale),
                Importance = hasImportance ? Blocks.Input(bench.Driver, importance, n + 1).Address : 0,
                Cursor = cursor,
                Output = output.Address,
                BatchWeights = hasImportance ? weights.Address : 0,
                RowsStride = rowsStride,
                ImportanceStride = n + 1,
                OutputStride = stride,
                WeightsStride = samples + 3,
                Width = width,
                Features = features,
                Samples = samples,
            },
            replicas);
        Assert.That(
            bench.Driver.Download<CursorRecord>(cursor, 1)[0],
            Is.EqualTo(new CursorRecord { Start = start, Epoch = 2, Round = 3, Chunk = start }), what);
        float[][] gathered = output.Read(what), gatheredWeights = weights.Read(what);
        for (int r = 0; r < replicas; r++)
        {
            int[] batch =
                [.. Enumerable.Range(start, samples).Select(i => hasRows ? rows[(r * rowsStride) + i] : i)];
            Blocks.AssertEqual(
                gathered[r],
                batch.SelectMany(row =>
                    columns[r].Select(c => (data[(row * width) + c] - offset[c]) * scale[c])),
                what);
            if (hasImportance) Blocks.AssertEqual(gatheredWeights[r], batch.Select(row => importance[r][row]), what);
        }
    }
}
