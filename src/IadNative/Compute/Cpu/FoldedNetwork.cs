using IadNative.Data;

namespace IadNative.Compute.Cpu;

/// <summary>
/// A network ready for scoring: batch normalisation folded into weights and biases,
/// W′ = γ/√(v + ε) · W and b′ = γ/√(v + ε) · (b − m) + β with the running mean m and variance v. Only read after folding,
/// so any number of threads may score with it.
/// </summary>
internal sealed unsafe class FoldedNetwork
{
    private readonly FloatBuffer _block;
    private readonly Dictionary<DenseLayer, (int Weight, int Bias)> _offsets = new(ReferenceEqualityComparer.Instance);
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

        _block = new FloatBuffer(length);
        Center = new FloatBuffer(plan.CenterWidth);
    }

    /// <summary>Standardises rows on their way in.</summary>
    public FeatureScaler Scaler { get; }

    /// <summary>Center of Deep SVDD.</summary>
    public FloatBuffer Center { get; }

    private IEnumerable<DenseLayer> Layers => _plan.Scoring.OfType<DenseForward>().Select(dense => dense.Layer);

    /// <summary>W′ of a layer, outputs × inputs.</summary>
    public float* Weight(DenseLayer layer) => _block.Pointer + _offsets[layer].Weight;

    /// <summary>b′ of a layer.</summary>
    public float* Bias(DenseLayer layer) => _block.Pointer + _offsets[layer].Bias;

    /// <summary>Folds the state of a replica.</summary>
    public void Fold(ReadOnlySpan<float> parameters, ReadOnlySpan<float> statistics, ReadOnlySpan<float> center)
    {
        foreach (DenseLayer layer in Layers)
        {
            float* weight = Weight(layer), bias = Bias(layer);
            for (int o = 0; o < layer.Outputs; o++)
            {
                float scale = 1, shift = layer.Bias is { } slot ? parameters[slot.Offset + o] : 0;
                if (layer.Norm is { } norm)
                {
                    float gamma = norm.Scale is null ? 1 : parameters[norm.Scale.Offset + o];
                    float beta = norm.Shift is null ? 0 : parameters[norm.Shift.Offset + o];
                    scale = gamma / MathF.Sqrt(statistics[norm.RunningVariance.Offset + o] + BatchNorm.Epsilon);
                    shift = (scale * (shift - statistics[norm.RunningMean.Offset + o])) + beta;
                }

                ReadOnlySpan<float> source = parameters.Slice(layer.Weight.Offset + (o * layer.Inputs), layer.Inputs);
                for (int i = 0; i < source.Length; i++) *weight++ = scale * source[i];
                bias[o] = shift;
            }
        }

        center.CopyTo(Center.Span);
    }
}
