using System.Numerics;
using IadNative.Cuda;
using IadNative.Cuda.Operations;
using IadNative.Tests.Compute;
using IadNative.Tests.Emulator;

namespace IadNative.Tests.Cuda.Kernels;

/// <summary>W' = gamma / sqrt(v + eps) W, b' = gamma / sqrt(v + eps) (b - m) + beta.</summary>
[TestFixtureSource(typeof(KernelDevices), nameof(KernelDevices.Fixtures))]
internal sealed class FoldKernelTests(Func<ICudaDriver> open) : KernelTests(open)
{
    private const float Epsilon = 1e-5f;

    public static readonly KernelExercise Exercise = new("fold.cu", driver =>
    {
        var bench = new Bench(driver);
        Fold(bench, outputs: 3, inputs: 33, replicas: 3, hasBias: true, hasNorm: true, isAffine: true);
        Fold(bench, outputs: 33, inputs: 3, replicas: 1, hasBias: false, hasNorm: false, isAffine: false);
    });

    [Test]
    public void Batch_normalisation_is_folded_into_weights_and_bias([Values(1, 2, 31, 33, 127, 257)] int inputs)
    {
        foreach (var (outputs, replicas, hasBias, isAffine) in Cases(inputs))
            Fold(Bench, outputs, inputs, replicas, hasBias, hasNorm: true, isAffine);
    }

    [Test]
    public void Without_batch_normalisation_weights_and_bias_are_copied([Values(1, 2, 31, 33, 127, 257)] int inputs)
    {
        foreach (var (outputs, replicas, hasBias, _) in Cases(inputs))
            Fold(Bench, outputs, inputs, replicas, hasBias, hasNorm: false, isAffine: false);
    }

    private static void Fold(
        Bench bench, int outputs, int inputs, int replicas, bool hasBias, bool hasNorm, bool isAffine)
    {
        string what = $"{outputs} x {inputs}, {replicas} replicas, bias {hasBias}, norm {hasNorm}, affine {isAffine}";
        int weights = outputs * inputs, parameterStride = weights + outputs + 3, statisticsStride = outputs + 2;
        int foldedStride = weights + outputs + 1;
        var random = new System.Random(inputs + (1000 * outputs));
        float[][] weight = Blocks.Normal(random, replicas, weights), bias = Blocks.Normal(random, replicas, outputs);
        float[][] scale = Blocks.Normal(random, replicas, outputs), shift = Blocks.Normal(random, replicas, outputs);
        float[][] mean = Blocks.Normal(random, replicas, outputs), variance = Blocks.Positive(random, replicas, outputs);
        // As in the engine, weight and bias are folded into one block.
        Blocks folded = Blocks.Output(bench.Driver, replicas, weights + outputs, foldedStride);
        ulong Parameter(bool isThere, float[][] values, int stride) =>
            isThere ? Blocks.Input(bench.Driver, values, stride).Address : 0;
        bench.Launch(
            FoldedLayers.Kernel,
            new()
            {
                Weight = Parameter(true, weight, parameterStride),
                Bias = Parameter(hasBias, bias, parameterStride),
                Scale = Parameter(isAffine, scale, parameterStride),
                Shift = Parameter(isAffine, shift, parameterStride),
                RunningMean = Parameter(hasNorm, mean, statisticsStride),
                RunningVariance = Parameter(hasNorm, variance, statisticsStride),
                FoldedWeight = folded.Address,
                FoldedBias = folded.Address + ((ulong)weights * sizeof(float)),
                ParameterStride = parameterStride,
                StatisticsStride = statisticsStride,
                FoldedStride = foldedStride,
                Inputs = inputs,
                Epsilon = Epsilon,
            },
            replicas, outputs);

        float[][] result = folded.Read(what);
        for (int r = 0; r < replicas; r++)
        {
            if (!hasNorm)
            {
                Blocks.AssertEqual(result[r], weight[r].Concat(hasBias ? bias[r] : new float[outputs]), what);
                continue;
            }

            var (exactWeight, exactBias) = Folded<double>(r);
            var (naiveWeight, naiveBias) = Folded<float>(r);
            Tolerance.Check(result[r].AsSpan(0, weights), exactWeight, [naiveWeight], $"{what}, weight");
            Tolerance.Check(result[r].AsSpan(weights), exactBias, [naiveBias], $"{what}, bias");
        }

        (T[] Weight, T[] Bias) Folded<T>(int r)
            where T : IFloatingPointIeee754<T>
        {
            T[] factor =
            [
                .. Enumerable.Range(0, outputs).Select(o =>
                    (isAffine ? T.CreateChecked(scale[r][o]) : T.One)
                    / T.Sqrt(T.CreateChecked(variance[r][o]) + T.CreateChecked(Epsilon))),
            ];
            return (
                [.. weight[r].Select((w, i) => factor[i / inputs] * T.CreateChecked(w))],
                [
                    .. Enumerable.Range(0, outputs).Select(o =>
                        (factor[o] * ((hasBias ? T.CreateChecked(bias[r][o]) : T.Zero) - T.CreateChecked(mean[r][o])))
                        + (isAffine ? T.CreateChecked(shift[r][o]) : T.Zero)),
                ]);
        }
    }
}
