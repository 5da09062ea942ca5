using IadNative.Compute.Cpu.Scoring;
using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Operations;

/// <summary>What a batch normalisation keeps from its forward for its backward pass.</summary>
internal sealed class NormWorkspace(int width, int stride)
{
    /// <summary>ẑ, width × stride.</summary>
    public FloatBuffer Normalized { get; } = new(checked(width * stride));

    /// <summary>1/√(σ² + ε) per feature.</summary>
    public FloatBuffer Inverse { get; } = new(width);
}

/// <summary>Folding batch normalisation into the weights and biases of the layer before it.</summary>
internal static unsafe class BatchNormFolding
{
    /// <summary>
    /// W′ = γ/√(v + ε) · W and b′ = γ/√(v + ε) · (b − m) + β with the running mean m and variance v, per row of the weight: a
    /// unit of a dense layer or a channel of a convolution. Without a norm the two are W and b.
    /// </summary>
    /// <param name="weight">W.</param>
    /// <param name="bias">b; null for 0.</param>
    /// <param name="norm">The norm; null for none.</param>
    /// <param name="numbers">The trained network.</param>
    /// <param name="weights">Receives W′, row-major.</param>
    /// <param name="shifts">Receives b′, one per row.</param>
    public static void Fold(
        TensorSlot weight, TensorSlot? bias, BatchNorm? norm, TrainedNumbers numbers, float* weights, float* shifts)
    {
        ReadOnlySpan<float> parameters = numbers.Parameters, statistics = numbers.Statistics;
        for (int o = 0; o < weight.Rows; o++)
        {
            float scale = 1, shift = bias is null ? 0 : parameters[bias.Offset + o];
            if (norm is not null)
            {
                float gamma = norm.Scale is null ? 1 : parameters[norm.Scale.Offset + o];
                float beta = norm.Shift is null ? 0 : parameters[norm.Shift.Offset + o];
                scale = gamma / MathF.Sqrt(statistics[norm.RunningVariance.Offset + o] + BatchNorm.Epsilon);
                shift = (scale * (shift - statistics[norm.RunningMean.Offset + o])) + beta;
            }

            ReadOnlySpan<float> source = parameters.Slice(weight.Offset + (o * weight.Columns), weight.Columns);
            for (int i = 0; i < source.Length; i++) *weights++ = scale * source[i];
            shifts[o] = shift;
        }
    }
}
