using System.Numerics;
using IadNative.Compute.Operations;
using IadNative.Cuda;
using IadNative.Cuda.Operations;
using IadNative.Tests.Compute;
using IadNative.Tests.Emulator;

namespace IadNative.Tests.Cuda.Kernels;

/// <summary>Batch normalisation as a block of a flow: forward, in scoring and backward, and its log-determinant.</summary>
[TestFixtureSource(typeof(KernelDevices), nameof(KernelDevices.Fixtures))]
internal sealed class FlowNormKernelTests(Func<ICudaDriver> open) : KernelTests(open)
{
    private const float Epsilon = 1e-5f, Momentum = 0.1f;

    public static readonly KernelExercise Exercise = new("flownorm.cu", driver =>
    {
        var bench = new Bench(driver);
        Forward(bench, samples: 33, width: 36, replicas: 3);
        Forward(bench, samples: 2, width: 1, replicas: 1);
        Score(bench, samples: 33, width: 36, replicas: 3);
        Backward(bench, samples: 33, width: 36, replicas: 3, inPlace: true);
        Backward(bench, samples: 2, width: 1, replicas: 1, inPlace: false);
        Forward(bench, samples: 259, width: 3, replicas: 2); // more than fit registers
        Backward(bench, samples: 259, width: 3, replicas: 2, inPlace: true);
        AddLogDeterminant(bench, samples: 257, width: 274, replicas: 3);
        AddLogDeterminant(bench, samples: 2, width: 1, replicas: 1);
    });

    [Test]
    public void Forward_normalises_with_the_unbiased_variance_and_keeps_running_statistics([Values(2, 31, 33, 127)] int samples)
    {
        foreach (var (width, replicas, _, _) in Cases(samples, FlowWidths)) Forward(Bench, samples, width, replicas);
    }

    [Test]
    public void Scoring_normalises_with_the_running_statistics([Values(1, 2, 31, 33, 127)] int samples)
    {
        foreach (var (width, replicas, _, _) in Cases(samples, FlowWidths)) Score(Bench, samples, width, replicas);
    }

    [Test]
    public void Backward_reaches_through_mean_variance_and_log_determinant([Values(2, 31, 33, 127)] int samples)
    {
        foreach (var (width, replicas, inPlace, _) in Cases(samples, FlowWidths))
            Backward(Bench, samples, width, replicas, inPlace);
    }

    [Test]
    public void Batches_that_fit_registers_just_or_not_follow_the_same_formulas([Values(199, 200, 201, 500)] int samples, [Values] bool inPlace)
    {
        Forward(Bench, samples, width: 21, replicas: 3);
        Backward(Bench, samples, width: 21, replicas: 3, inPlace);
    }

    [Test]
    public void All_samples_get_the_same_log_determinant([Values(1, 2, 255, 256, 257)] int samples)
    {
        foreach (var (width, replicas, _, _) in Cases(samples, FlowWidths)) AddLogDeterminant(Bench, samples, width, replicas);
    }

    [Test]
    public void A_constant_feature_becomes_its_shift()
    {
        // 1.5 times any number of samples is exact, so is the mean.
        float[] x = [.. Enumerable.Repeat(1.5f, 33)];
        Blocks normalized = Blocks.Output(Bench.Driver, 1, 33, 34), output = Blocks.Output(Bench.Driver, 1, 33, 34);
        ulong mean = Bench.Driver.Upload<float>([0]), variance = Bench.Driver.Upload<float>([1]);
        ulong inverse = Bench.Driver.Allocate<float>(1), logDeterminant = Bench.Driver.Allocate<float>(1);
        Bench.Launch(
            CudaFlowNormForward.Training,
            new()
            {
                Input = Blocks.Input(Bench.Driver, [x], 34).Address,
                LogScale = Bench.Driver.Upload<float>([3]),
                Shift = Bench.Driver.Upload<float>([0.25f]),
                RunningMean = mean,
                RunningVariance = variance,
                Normalized = normalized.Address,
                Inverse = inverse,
                Output = output.Address,
                LogDeterminants = logDeterminant,
                Stride = 34,
                ParameterStride = 1,
                StatisticsStride = 1,
                Width = 1,
                Samples = 33,
                Epsilon = Epsilon,
                Momentum = 0.5f,
            },
            1);
        Assert.That(normalized.Read("normalised")[0], Is.All.Zero);
        Assert.That(output.Read("output")[0], Is.All.EqualTo(0.25f));
        Assert.That(Bench.Driver.Download<float>(mean, 1), Is.EqualTo([0.75f]));
        Assert.That(Bench.Driver.Download<float>(variance, 1), Is.EqualTo([0.5f]));
        Assert.That(Bench.Driver.Download<float>(inverse, 1), Is.EqualTo([1 / MathF.Sqrt(Epsilon)]));
        float expected = (float)(3 - (Math.Log(Epsilon) / 2));
        Assert.That(Bench.Driver.Download<float>(logDeterminant, 1)[0], Is.EqualTo(expected).Within(2).Ulps);
    }

    private static void Forward(Bench bench, int samples, int width, int replicas)
    {
        string what = $"{samples} x {width}, {replicas} replicas";
        int length = samples * width, stride = length + 5, parameterStride = width + 3, statisticsStride = width + 2;
        var random = new System.Random(samples + (1000 * width));
        float[][] x = Blocks.Normal(random, replicas, length);
        float[][] logScale = Blocks.Normal(random, replicas, width), shift = Blocks.Normal(random, replicas, width);
        float[][] mean = Blocks.Normal(random, replicas, width), variance = Blocks.Positive(random, replicas, width);

        Blocks output = Blocks.Output(bench.Driver, replicas, length, stride);
        Blocks normalized = Blocks.Output(bench.Driver, replicas, length, stride);
        Blocks inverse = PerFeature(bench, width, replicas), logDeterminants = PerFeature(bench, width, replicas);
        Blocks runningMean = Blocks.Input(bench.Driver, mean, statisticsStride);
        Blocks runningVariance = Blocks.Input(bench.Driver, variance, statisticsStride);
        bench.Launch(
            CudaFlowNormForward.Training,
            new()
            {
                Input = Blocks.Input(bench.Driver, x, stride).Address,
                LogScale = Blocks.Input(bench.Driver, logScale, parameterStride).Address,
                Shift = Blocks.Input(bench.Driver, shift, parameterStride).Address,
                RunningMean = runningMean.Address,
                RunningVariance = runningVariance.Address,
                Normalized = normalized.Address,
                Inverse = inverse.Address,
                Output = output.Address,
                LogDeterminants = logDeterminants.Address,
                Stride = stride,
                ParameterStride = parameterStride,
                StatisticsStride = statisticsStride,
                Width = width,
                Samples = samples,
                Epsilon = Epsilon,
                Momentum = Momentum,
            },
            replicas);

        float[][] y = output.Read(what), n = normalized.Read(what);
        float[][] means = runningMean.Read(what), variances = runningVariance.Read(what);
        float[] inverses = inverse.Read(what)[0], logs = logDeterminants.Read(what)[0];
        for (int r = 0; r < replicas; r++)
        {
            ForwardResult<T> Reference<T>(int order)
                where T : IFloatingPointIeee754<T> =>
                ReferenceForward<T>(x[r], logScale[r], shift[r], mean[r], variance[r], Naive.Order(samples, order));

            ForwardResult<double> exact = Reference<double>(0);
            ForwardResult<float>[] naive = [.. Enumerable.Range(0, Naive.Orders).Select(Reference<float>)];
            void Check(
                ReadOnlySpan<float> actual, double[] expected, Func<ForwardResult<float>, float[]> tensor, string name) =>
                Tolerance.Check(actual, expected, [.. naive.Select(tensor)], $"{what}, replica {r}, {name}");

            Check(y[r], exact.Output, result => result.Output, "y");
            Check(n[r], exact.Normalized, result => result.Normalized, "n");
            Check(inverses.AsSpan(r * width, width), exact.Inverse, result => result.Inverse, "1 / sqrt(v + eps)");
            Check(logs.AsSpan(r * width, width), exact.LogDeterminants, result => result.LogDeterminants, "log-determinants");
            Check(means[r], exact.Mean, result => result.Mean, "running mean");
            Check(variances[r], exact.Variance, result => result.Variance, "running variance");
        }
    }

    private static void Score(Bench bench, int samples, int width, int replicas)
    {
        string what = $"{samples} x {width}, {replicas} replicas";
        int length = samples * width, stride = length + 5, parameterStride = width + 3, statisticsStride = width + 2;
        var random = new System.Random(samples + (1000 * width));
        float[][] x = Blocks.Normal(random, replicas, length);
        float[][] logScale = Blocks.Normal(random, replicas, width), shift = Blocks.Normal(random, replicas, width);
        float[][] mean = Blocks.Normal(random, replicas, width), variance = Blocks.Positive(random, replicas, width);
        Blocks output = Blocks.Output(bench.Driver, replicas, length, stride);
        Blocks logDeterminants = PerFeature(bench, width, replicas);
        bench.Launch(
            CudaFlowNormForward.Scoring,
            new()
            {
                Input = Blocks.Input(bench.Driver, x, stride).Address,
                LogScale = Blocks.Input(bench.Driver, logScale, parameterStride).Address,
                Shift = Blocks.Input(bench.Driver, shift, parameterStride).Address,
                RunningMean = Blocks.Input(bench.Driver, mean, statisticsStride).Address,
                RunningVariance = Blocks.Input(bench.Driver, variance, statisticsStride).Address,
                Output = output.Address,
                LogDeterminants = logDeterminants.Address,
                Stride = stride,
                ParameterStride = parameterStride,
                StatisticsStride = statisticsStride,
                Width = width,
                Samples = samples,
                Epsilon = Epsilon,
            },
            replicas);

        float[][] y = output.Read(what);
        float[] logs = logDeterminants.Read(what)[0];
        for (int r = 0; r < replicas; r++)
        {
            (T[] Output, T[] LogDeterminants) Reference<T>()
                where T : IFloatingPointIeee754<T> =>
                ReferenceScoring<T>(x[r], logScale[r], shift[r], mean[r], variance[r]);

            (double[] exactOutput, double[] exactLogs) = Reference<double>();
            (float[] naiveOutput, float[] naiveLogs) = Reference<float>();
            Tolerance.Check(y[r], exactOutput, [naiveOutput], $"{what}, replica {r}, y");
            Tolerance.Check(logs.AsSpan(r * width, width), exactLogs, [naiveLogs], $"{what}, replica {r}, log-determinants");
        }
    }

    private static void Backward(Bench bench, int samples, int width, int replicas, bool inPlace)
    {
        string what = $"{samples} x {width}, {replicas} replicas, in place {inPlace}";
        int length = samples * width, stride = length + 5, parameterStride = width + 3, batchStride = samples + 3;
        var random = new System.Random(samples + (1000 * width));
        float[][] dy = Blocks.Normal(random, replicas, length), n = Blocks.Normal(random, replicas, length);
        float[][] inverse = Blocks.Positive(random, replicas, width), logScale = Blocks.Normal(random, replicas, width);
        float[][] weights = Blocks.Positive(random, replicas, samples);
        Blocks outputGradient = Blocks.Input(bench.Driver, dy, stride);
        Blocks inputGradient = inPlace ? outputGradient : Blocks.Output(bench.Driver, replicas, length, stride);
        Blocks logScaleGradient = Blocks.Output(bench.Driver, replicas, width, parameterStride);
        Blocks shiftGradient = Blocks.Output(bench.Driver, replicas, width, parameterStride);
        bench.Launch(
            CudaFlowNormBackward.Kernel,
            new()
            {
                OutputGradient = outputGradient.Address,
                Normalized = Blocks.Input(bench.Driver, n, stride).Address,
                Inverse = bench.Driver.Upload<float>([.. inverse.SelectMany(values => values)]),
                LogScale = Blocks.Input(bench.Driver, logScale, parameterStride).Address,
                Weights = Blocks.Input(bench.Driver, weights, batchStride).Address,
                InputGradient = inputGradient.Address,
                LogScaleGradient = logScaleGradient.Address,
                ShiftGradient = shiftGradient.Address,
                Stride = stride,
                ParameterStride = parameterStride,
                BatchStride = batchStride,
                Width = width,
                Samples = samples,
            },
            replicas);

        float[][] dx = inputGradient.Read(what), dgamma = logScaleGradient.Read(what), db = shiftGradient.Read(what);
        for (int r = 0; r < replicas; r++)
        {
            BackwardResult<T> Reference<T>(int order)
                where T : IFloatingPointIeee754<T> =>
                ReferenceBackward<T>(dy[r], n[r], inverse[r], logScale[r], weights[r], Naive.Order(samples, order));

            BackwardResult<double> exact = Reference<double>(0);
            BackwardResult<float>[] naive = [.. Enumerable.Range(0, Naive.Orders).Select(Reference<float>)];
            void Check(float[] actual, double[] expected, Func<BackwardResult<float>, float[]> tensor, string name) =>
                Tolerance.Check(actual, expected, [.. naive.Select(tensor)], $"{what}, replica {r}, {name}");

            Check(dx[r], exact.Gradient, result => result.Gradient, "dx");
            Check(dgamma[r], exact.LogScale, result => result.LogScale, "dgamma");
            Check(db[r], exact.Shift, result => result.Shift, "db");
        }
    }

    private static void AddLogDeterminant(Bench bench, int samples, int width, int replicas)
    {
        string what = $"{samples} x {width}, {replicas} replicas";
        int batchStride = samples + 3;
        var random = new System.Random(samples + (1000 * width));
        float[][] logDeterminants = Blocks.Normal(random, replicas, width), before = Blocks.Normal(random, replicas, samples);
        Blocks after = Blocks.Output(bench.Driver, replicas, samples, batchStride);
        bench.Launch(
            CudaFlowNormForward.AddLogDeterminant,
            new()
            {
                LogDeterminants = bench.Driver.Upload<float>([.. logDeterminants.SelectMany(values => values)]),
                Before = Blocks.Input(bench.Driver, before, batchStride).Address,
                After = after.Address,
                BatchStride = batchStride,
                Width = width,
                Samples = samples,
            },
            replicas);
        float[][] actual = after.Read(what);
        for (int r = 0; r < replicas; r++)
        {
            T[] Reference<T>(int order)
                where T : IFloatingPointIeee754<T>
            {
                T sum = Naive.Sum([.. logDeterminants[r].Select(T.CreateChecked)], Naive.Order(width, order));
                return [.. before[r].Select(value => T.CreateChecked(value) + sum)];
            }

            Tolerance.Check(
                actual[r], Reference<double>(0), [.. Enumerable.Range(0, Naive.Orders).Select(Reference<float>)],
                $"{what}, replica {r}");
        }
    }

    // R x width without gaps, as the kernels lay it out.
    private static Blocks PerFeature(Bench bench, int width, int replicas) =>
        Blocks.Output(bench.Driver, 1, replicas * width, (replicas * width) + 3);

    private static ForwardResult<T> ReferenceForward<T>(
        float[] input, float[] logScale, float[] shift, float[] mean, float[] variance, int[] order)
        where T : IFloatingPointIeee754<T>
    {
        int samples = order.Length, width = logScale.Length;
        var result = new ForwardResult<T>(
            new T[input.Length], new T[input.Length], new T[width], new T[width], new T[width], new T[width]);
        T momentum = T.CreateChecked(Momentum);
        for (int j = 0; j < width; j++)
        {
            T[] x = Naive.Column<T>(input, width, j);
            T mu = Naive.Sum(x, order) / T.CreateChecked(samples), gamma = T.CreateChecked(logScale[j]);
            T v = Naive.Sum([.. x.Select(value => (value - mu) * (value - mu))], order) / T.CreateChecked(samples - 1);
            T inverse = T.One / T.Sqrt(v + T.CreateChecked(Epsilon));
            for (int s = 0; s < samples; s++)
            {
                T n = (x[s] - mu) * inverse;
                result.Normalized[(s * width) + j] = n;
                result.Output[(s * width) + j] = (T.Exp(gamma) * n) + T.CreateChecked(shift[j]);
            }

            result.Inverse[j] = inverse;
            result.LogDeterminants[j] = gamma - (T.Log(v + T.CreateChecked(Epsilon)) / T.CreateChecked(2));
            T oldMean = T.CreateChecked(mean[j]), oldVariance = T.CreateChecked(variance[j]);
            result.Mean[j] = oldMean + (momentum * (mu - oldMean));
            result.Variance[j] = oldVariance + (momentum * (v - oldVariance));
        }

        return result;
    }

    private static (T[] Output, T[] LogDeterminants) ReferenceScoring<T>(
        float[] input, float[] logScale, float[] shift, float[] mean, float[] variance)
        where T : IFloatingPointIeee754<T>
    {
        int width = logScale.Length;
        T[] output = new T[input.Length], logDeterminants = new T[width];
        for (int i = 0; i < input.Length; i++)
        {
            int j = i % width;
            T v = T.CreateChecked(variance[j]) + T.CreateChecked(Epsilon), gamma = T.CreateChecked(logScale[j]);
            T n = (T.CreateChecked(input[i]) - T.CreateChecked(mean[j])) / T.Sqrt(v);
            output[i] = (T.Exp(gamma) * n) + T.CreateChecked(shift[j]);
            logDeterminants[j] = gamma - (T.Log(v) / T.CreateChecked(2));
        }

        return (output, logDeterminants);
    }

    private static BackwardResult<T> ReferenceBackward<T>(
        float[] gradient, float[] normalized, float[] inverse, float[] logScale, float[] weights, int[] order)
        where T : IFloatingPointIeee754<T>
    {
        int samples = order.Length, width = inverse.Length;
        var result = new BackwardResult<T>(new T[gradient.Length], new T[width], new T[width]);
        T count = T.CreateChecked(samples), rest = T.CreateChecked(samples - 1);
        T weight = Naive.Sum([.. weights.Select(T.CreateChecked)], order) / count;
        for (int j = 0; j < width; j++)
        {
            T scale = T.Exp(T.CreateChecked(logScale[j])), factor = T.CreateChecked(inverse[j]);
            T[] dy = Naive.Column<T>(gradient, width, j), n = Naive.Column<T>(normalized, width, j);
            T[] g = [.. dy.Select(value => scale * value)];
            T pull = Naive.Sum([.. g.Zip(n, (a, b) => a * b)], order) - weight, mean = Naive.Sum(g, order) / count;
            for (int s = 0; s < samples; s++)
                result.Gradient[(s * width) + j] = factor * (g[s] - mean - (n[s] * pull / rest));
            (result.LogScale[j], result.Shift[j]) = (pull, Naive.Sum(dy, order));
        }

        return result;
    }

    private sealed record ForwardResult<T>(
        T[] Output, T[] Normalized, T[] Inverse, T[] LogDeterminants, T[] Mean, T[] Variance);

    private sealed record BackwardResult<T>(T[] Gradient, T[] LogScale, T[] Shift);
}
