using IadNative.Compute.Cpu.Kernels;
using IadNative.Data;

namespace IadNative.Compute.Cpu;

/// <summary>
/// A network ready for scoring: batch normalisation folded into weights and biases,
/// W′ = γ/√(v + ε) · W and b′ = γ/√(v + ε) · (b − m) + β with the running mean m and variance v, per unit of a dense layer or
/// channel of a convolution; that of a flow into one scale and one shift per feature. Only read after folding, so any number of
/// threads may score with it.
/// </summary>
internal sealed unsafe class FoldedNetwork
{
    private readonly FloatBuffer _block, _rows;
    private readonly Dictionary<DenseLayer, (int Weight, int Bias)> _offsets = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<ConvLayer, (int Weight, int Bias)> _convolutionOffsets = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<FlowNorm, int> _normOffsets = new(ReferenceEqualityComparer.Instance);
    private readonly Plan _plan;

    public FoldedNetwork(Plan plan, FeatureScaler scaler)
    {
        _plan = plan;
        Scaler = scaler;
        int length = 0;
        foreach (DenseLayer layer in Layers)
        {
            _offsets[layer] = (length, length + layer.Weight.Length);
            length += layer.Weight.Length + layer.Outputs;
        }

        foreach (ConvLayer layer in Convolutions)
        {
            _convolutionOffsets[layer] = (length, length + layer.Weight.Length);
            length += layer.Weight.Length + layer.OutputChannels;
        }

        foreach (FlowNorm norm in Norms)
        {
            _normOffsets[norm] = length;
            length += (2 * norm.Width) + 1;
        }

        _block = new FloatBuffer(length);
        _rows = new FloatBuffer(Convolutions.Select(layer => layer.Weight.Length).DefaultIfEmpty().Max());
        Center = new FloatBuffer(plan.CenterWidth);
    }

    /// <summary>Standardises rows on their way in.</summary>
    public FeatureScaler Scaler { get; }

    /// <summary>Center of Deep SVDD.</summary>
    public FloatBuffer Center { get; }

    private IEnumerable<DenseLayer> Layers => _plan.Scoring.OfType<DenseForward>().Select(dense => dense.Layer);

    private IEnumerable<ConvLayer> Convolutions => _plan.Scoring.OfType<ConvForward>().Select(conv => conv.Layer);

    private IEnumerable<FlowNorm> Norms => _plan.Scoring.OfType<FlowNormForward>().Select(norm => norm.Norm);

    /// <summary>e^γ/√(v + ε) per feature.</summary>
    public float* Scale(FlowNorm norm) => _block.Pointer + _normOffsets[norm];

    /// <summary>b − e^γ·m/√(v + ε) per feature.</summary>
    public float* Shift(FlowNorm norm) => Scale(norm) + norm.Width;

    /// <summary>The log-determinant, the same for all samples.</summary>
    public ref float LogDeterminant(FlowNorm norm) => ref Scale(norm)[2 * norm.Width];

    /// <summary>W′ of a layer, outputs × inputs.</summary>
    public float* Weight(DenseLayer layer) => _block.Pointer + _offsets[layer].Weight;

    /// <summary>b′ of a layer.</summary>
    public float* Bias(DenseLayer layer) => _block.Pointer + _offsets[layer].Bias;

    /// <summary>W′ of a convolution, in the order of <see cref="Convolution.Arrange"/>.</summary>
    public float* Weight(ConvLayer layer) => _block.Pointer + _convolutionOffsets[layer].Weight;

    /// <summary>b′ of a convolution, per output channel.</summary>
    public float* Bias(ConvLayer layer) => _block.Pointer + _convolutionOffsets[layer].Bias;

    /// <summary>Folds the state of a replica.</summary>
    public void Fold(ReadOnlySpan<float> parameters, ReadOnlySpan<float> statistics, ReadOnlySpan<float> center)
    {
        foreach (DenseLayer layer in Layers)
            FoldRows(layer.Weight, layer.Bias, layer.Norm, parameters, statistics, Weight(layer), Bias(layer));
        foreach (ConvLayer layer in Convolutions)
        {
            FoldRows(layer.Weight, layer.Bias, layer.Norm, parameters, statistics, _rows.Pointer, Bias(layer));
            Convolution.Arrange(_rows.Pointer, layer.OutputChannels, layer.InputChannels, turned: false, Weight(layer));
        }

        foreach (FlowNorm norm in Norms)
        {
            double logDeterminant = 0;
            for (int j = 0; j < norm.Width; j++)
            {
                float logScale = parameters[norm.LogScale.Offset + j];
                float variance = statistics[norm.RunningVariance.Offset + j] + FlowNorm.Epsilon;
                float scale = MathF.Exp(logScale) / MathF.Sqrt(variance);
                Scale(norm)[j] = scale;
                Shift(norm)[j] = parameters[norm.Shift.Offset + j] - (scale * statistics[norm.RunningMean.Offset + j]);
                logDeterminant += logScale - (0.5 * Math.Log(variance));
            }

            LogDeterminant(norm) = (float)logDeterminant;
        }

        center.CopyTo(Center.Span);
    }

    // A row of a weight makes one unit or channel.
    private static void FoldRows(
        TensorSlot weight, TensorSlot? bias, BatchNorm? norm, ReadOnlySpan<float> parameters, ReadOnlySpan<float> statistics,
        float* weights, float* shifts)
    {
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
