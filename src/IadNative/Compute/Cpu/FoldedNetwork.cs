using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Operations;
using IadNative.Data;

namespace IadNative.Compute.Cpu;

/// <summary>
/// A network ready for scoring: batch normalisation folded into weights and biases,
/// W′ = γ/√(v + ε) · W and b′ = γ/√(v + ε) · (b − m) + β with the running mean m and variance v, per unit of a dense layer or
/// channel of a convolution; that of a flow into one scale and one shift per feature. Only read after folding, so any number of
/// threads may score with it. All vectors are filled up with zeros.
/// </summary>
internal sealed unsafe class FoldedNetwork
{
    private readonly FloatBuffer _block, _rows, _state;
    private readonly (int First, int Second)[] _offsets;
    private readonly Plan _plan;
    private readonly int _lanes;

    /// <summary>Room for the network of a plan, for vectors of <paramref name="lanes"/> floats.</summary>
    public FoldedNetwork(Plan plan, FeatureScaler scaler, int lanes)
    {
        _plan = plan;
        _lanes = lanes;
        _offsets = new (int, int)[plan.Scoring.Count];
        int length = 0, mostWeights = 0;
        for (int i = 0; i < _offsets.Length; i++)
        {
            (int first, int second) = plan.Scoring[i] switch
            {
                DenseForward { Layer: var layer } => (checked(Padded(layer.Outputs) * layer.Inputs), Padded(layer.Outputs)),
                ConvForward { Layer: var layer } => (layer.Weight.Length, Padded(layer.OutputChannels)),
                FlowNormForward { Norm: var norm } => (Padded(norm.Width), Padded(norm.Width)),
                _ => (0, 0),
            };
            first = Padded(first);
            _offsets[i] = (length, length + first);
            length = checked(length + first + second);
            mostWeights = Math.Max(mostWeights, first);
        }

        _block = new FloatBuffer(length);
        _rows = new FloatBuffer(mostWeights);
        _state = new FloatBuffer(plan.State.Slots.Sum(slot => Padded(slot.Length)));
        Offset = new FloatBuffer(Padded(plan.Features));
        Scale = new FloatBuffer(Padded(plan.Features));
        scaler.Offset.CopyTo(Offset.Span);
        scaler.Scale.CopyTo(Scale.Span);
    }

    /// <summary>What is subtracted from each feature first.</summary>
    public FloatBuffer Offset { get; }

    /// <summary>What it is then multiplied by.</summary>
    public FloatBuffer Scale { get; }

    /// <summary>The log-determinants of all normalisations of a flow, the same for all samples.</summary>
    public float LogDeterminant { get; private set; }

    /// <summary>
    /// By the index of an operation of scoring: W′ of a dense layer in the order of <see cref="Rows.Pack"/>, or of a convolution
    /// in that of <see cref="Convolution.Arrange"/>; e^γ/√(v + ε) of a normalisation.
    /// </summary>
    public float* Weight(int operation) => _block.Pointer + _offsets[operation].First;

    /// <summary>Likewise b′; b − e^γ·m/√(v + ε) of a normalisation.</summary>
    public float* Bias(int operation) => _block.Pointer + _offsets[operation].Second;

    /// <summary>A part of the state that is set and not learned, filled up with zeros.</summary>
    public float* State(TensorSlot slot) => _state.Pointer + PlaceOf(slot);

    /// <summary>Folds a network.</summary>
    public void Fold(ReadOnlySpan<float> parameters, ReadOnlySpan<float> statistics, ReadOnlySpan<float> state)
    {
        double logDeterminant = 0;
        for (int i = 0; i < _offsets.Length; i++)
        {
            switch (_plan.Scoring[i])
            {
                case DenseForward { Layer: var layer }:
                    FoldRows(layer.Weight, layer.Bias, layer.Norm, parameters, statistics, Bias(i));
                    Rows.Pack(_rows.Pointer, layer.Outputs, layer.Inputs, _lanes, Weight(i));
                    break;
                case ConvForward { Layer: var layer }:
                    FoldRows(layer.Weight, layer.Bias, layer.Norm, parameters, statistics, Bias(i));
                    Convolution.Arrange(_rows.Pointer, layer.OutputChannels, layer.InputChannels, turned: false, Weight(i));
                    break;
                case FlowNormForward { Norm: var norm }:
                    logDeterminant += FoldNorm(norm, parameters, statistics, Weight(i), Bias(i));
                    break;
            }
        }

        LogDeterminant = (float)logDeterminant;
        foreach (TensorSlot slot in _plan.State.Slots)
            state.Slice(slot.Offset, slot.Length).CopyTo(_state.Span[PlaceOf(slot)..]);
        GC.KeepAlive(this);
    }

    private int PlaceOf(TensorSlot slot) =>
        _plan.State.Slots.TakeWhile(other => other.Offset < slot.Offset).Sum(other => Padded(other.Length));

    private int Padded(int length) => Padding.RoundUp(length, _lanes);

    // A row of a weight makes one unit or channel; W′ goes to _rows.
    private void FoldRows(
        TensorSlot weight, TensorSlot? bias, BatchNorm? norm, ReadOnlySpan<float> parameters, ReadOnlySpan<float> statistics,
        float* shifts)
    {
        float* weights = _rows.Pointer;
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

    // The log-determinant of a normalisation, whose scales and shifts are left behind.
    private static double FoldNorm(
        FlowNorm norm, ReadOnlySpan<float> parameters, ReadOnlySpan<float> statistics, float* scales, float* shifts)
    {
        double logDeterminant = 0;
        for (int j = 0; j < norm.Width; j++)
        {
            float logScale = parameters[norm.LogScale.Offset + j];
            float variance = statistics[norm.RunningVariance.Offset + j] + FlowNorm.Epsilon;
            scales[j] = MathF.Exp(logScale) / MathF.Sqrt(variance);
            shifts[j] = parameters[norm.Shift.Offset + j] - (scales[j] * statistics[norm.RunningMean.Offset + j]);
            logDeterminant += logScale - (0.5 * Math.Log(variance));
        }

        return logDeterminant;
    }
}
