using IadNative.Cuda;
using IadNative.Cuda.Operations;
using IadNative.Tests.Emulator;

namespace IadNative.Tests.Cuda.Kernels;

/// <summary>The rows of a batch, (x - offset) scale, and their importance weights.</summary>
[TestFixtureSource(typeof(KernelDevices), nameof(KernelDevices.Fixtures))]
internal sealed class GatherKernelTests(Func<ICudaDriver> open) : KernelTests(open)
{
    public static readonly KernelExercise Exercise = new("gather.cu", driver =>
    {
        var bench = new Bench(driver);
        Gather(bench, samples: 33, features: 33, replicas: 3, start: 2, hasRows: true, hasImportance: true);
        Gather(bench, samples: 33, features: 5, replicas: 3, start: 2, hasRows: true, hasImportance: true, others: 4);
        Gather(bench, samples: 31, features: 3, replicas: 3, start: 0, hasRows: false, hasImportance: false);
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
                Output = output.Address,
                BatchWeights = hasImportance ? weights.Address : 0,
                RowsStride = rowsStride,
                ImportanceStride = n + 1,
                OutputStride = stride,
                WeightsStride = samples + 3,
                Width = width,
                Features = features,
                Start = start,
                Samples = samples,
            },
            replicas);
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
