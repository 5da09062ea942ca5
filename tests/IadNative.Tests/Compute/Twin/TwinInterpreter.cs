using System.Numerics;
using IadNative.Compute;
using IadNative.Data;

namespace IadNative.Tests.Compute.Twin;

/// <summary>
/// A second implementation of plans: one method per plan kind, scalar loops straight from the formulas, activations
/// row-major, B × width. Over double it is what the engine is compared with; over float it is the naive implementation whose
/// rounding errors the engine's are measured against. The order of the passes is the plan's alone.
/// </summary>
internal sealed partial class TwinInterpreter<T>(Plan plan, SessionSpec spec, TwinState<T> state)
    where T : IFloatingPointIeee754<T>
{
    private readonly T[] _data = TwinState<T>.Convert(spec.Data);
    private readonly T[] _offset = TwinState<T>.Convert(spec.Scaler.Offset);
    private readonly T[] _scale = TwinState<T>.Convert(spec.Scaler.Scale);
    private readonly Dictionary<string, T[]> _activations = [];
    private readonly Dictionary<string, (T[] Normalized, T[] Inverse)> _normalizations = [];
    private readonly Dictionary<string, T[]> _images = [];
    private readonly Dictionary<string, (int Weight, int Input)[][]> _taps = [];
    private int[] _rows = [];

    public TwinState<T> State { get; } = state;

    public T[] Gradient { get; } = new T[plan.Parameters.Length];

    /// <summary>wᵢ of all n samples.</summary>
    public float[] ImportanceWeights { get; set; } = [.. Enumerable.Repeat(1f, spec.Data.Length / plan.Features)];

    /// <summary>f of each sample of the last batch.</summary>
    public T[] Distances { get; private set; } = [];

    /// <summary>Σ wᵢ·l(xᵢ) over the last batch.</summary>
    public T Loss { get; private set; } = T.Zero;

    public T[] this[Activation activation]
    {
        get => _activations[activation.Name];
        set => _activations[activation.Name] = value;
    }

    /// <summary>
    /// One number for which branches a layer took: the sides of its ReLU's kink, and the winners of its pooling.
    /// </summary>
    public int Branches(ConvLayer layer)
    {
        T[] image = _images[layer.Name];
        var hash = new HashCode();
        foreach (T value in image) hash.Add(layer.HasRelu && value > T.Zero);
        if (layer.Pool)
        {
            foreach (int winner in Largest(layer, image)) hash.Add(winner);
        }

        return hash.ToHashCode();
    }

    /// <summary>One training step, or any part of one.</summary>
    public void Train(IEnumerable<PlanOperation> operations, ReadOnlySpan<int> rows, bool updateRadius = false)
    {
        _rows = rows.ToArray();
        foreach (PlanOperation operation in operations)
        {
            switch (operation)
            {
                case GatherBatch gather: Gather(gather); break;
                case DenseForward dense: Forward(dense, training: true); break;
                case WeightedLoss loss: WeightLosses(loss); break;
                case DenseBackward dense: Backward(dense); break;
                case ConvForward conv: Forward(conv, training: true); break;
                case ConvBackward conv: Backward(conv); break;
                case AffineForward affine: Forward(affine); break;
                case AffineBackward affine: Backward(affine); break;
                case FlowNormForward norm: Forward(norm, training: true); break;
                case FlowNormBackward norm: Backward(norm); break;
                case MaskGradient: ApplyMasks(); break;
                case AdamStep: Adam(); break;
                case RadiusUpdate: if (updateRadius) UpdateRadius(); break;
                default: throw new NotSupportedException(operation.ToString());
            }
        }
    }

    /// <summary>Whether a bias is added to a finished sum, rather than the sum started from it: a matter of rounding.</summary>
    public bool BiasLast { get; init; }

    /// <summary>Whether sums over taps and positions of images begin with the last: a matter of rounding.</summary>
    public bool Backwards { get; init; }

    /// <summary>
    /// Seed of the last digits of exponentials, for which two units in the last place are allowed: 0 for the runtime's own.
    /// </summary>
    public int ExponentialRounding { get; init; }

    /// <summary>The scores of some rows in scoring mode; the network's outputs stay readable.</summary>
    public T[] Score(ReadOnlySpan<int> rows)
    {
        Score(plan.Scoring, rows);
        return Distances;
    }

    /// <summary>Any part of scoring.</summary>
    public void Score(IEnumerable<PlanOperation> operations, ReadOnlySpan<int> rows)
    {
        _rows = rows.ToArray();
        foreach (PlanOperation operation in operations)
        {
            switch (operation)
            {
                case GatherBatch gather: Gather(gather); break;
                case DenseForward dense: Forward(dense, training: false); break;
                case ConvForward conv: Forward(conv, training: false); break;
                case AffineForward affine: Forward(affine); break;
                case FlowNormForward norm: Forward(norm, training: false); break;
                case ScoreOutput score: Distances = Scores(score.Output, score.Target, score.LogDeterminant); break;
                default: throw new NotSupportedException(operation.ToString());
            }
        }
    }

    private void Gather(GatherBatch gather)
    {
        int d = gather.Output.Width;
        var batch = new T[_rows.Length * d];
        for (int s = 0; s < _rows.Length; s++)
        {
            for (int i = 0; i < d; i++) batch[(s * d) + i] = (_data[(_rows[s] * d) + i] - _offset[i]) * _scale[i];
        }

        this[gather.Output] = batch;
    }

    private void Forward(DenseForward dense, bool training)
    {
        DenseLayer layer = dense.Layer;
        int samples = _rows.Length, inputs = layer.Inputs, outputs = layer.Outputs;
        T[] x = this[dense.Input], z = new T[samples * outputs], weights = Weights(layer);
        for (int s = 0; s < samples; s++)
        {
            for (int o = 0; o < outputs; o++)
            {
                T bias = Parameter(layer.Bias, o, T.Zero), sum = BiasLast ? T.Zero : bias;
                for (int i = 0; i < inputs; i++) sum += weights[(o * inputs) + i] * x[(s * inputs) + i];
                z[(s * outputs) + o] = BiasLast ? sum + bias : sum;
            }
        }

        if (layer.Norm is { } norm) Normalize(layer.Name, norm, z, training);
        if (layer.HasRelu)
        {
            for (int i = 0; i < z.Length; i++) z[i] *= Slope(layer.Slope, z[i]);
        }

        this[dense.Output] = z;
    }

    private void Normalize(string name, BatchNorm norm, T[] z, bool training)
    {
        int units = norm.RunningMean.Length;
        T epsilon = T.CreateChecked(1e-4), momentum = T.CreateChecked(0.1);
        T[] normalized = new T[z.Length], inverse = new T[units];
        for (int o = 0; o < units; o++)
        {
            ref T runningMean = ref State.Statistics[norm.RunningMean.Offset + o];
            ref T runningVariance = ref State.Statistics[norm.RunningVariance.Offset + o];
            T mean = runningMean, variance = runningVariance;
            int[] places = Places(o, units, z.Length);
            if (training)
            {
                T count = T.CreateChecked(places.Length), squares = T.Zero;
                mean = T.Zero;
                foreach (int i in places) mean += z[i];
                mean /= count;
                foreach (int i in places) squares += (z[i] - mean) * (z[i] - mean);
                variance = squares / count;
                runningMean = ((T.One - momentum) * runningMean) + (momentum * mean);
                runningVariance = ((T.One - momentum) * runningVariance) + (momentum * squares / (count - T.One));
            }

            inverse[o] = T.One / T.Sqrt(variance + epsilon);
            foreach (int i in places)
            {
                normalized[i] = (z[i] - mean) * inverse[o];
                z[i] = (Parameter(norm.Scale, o, T.One) * normalized[i]) + Parameter(norm.Shift, o, T.Zero);
            }
        }

        _normalizations[name] = (normalized, inverse);
    }

    private void WeightLosses(WeightedLoss loss)
    {
        Distances = Scores(loss.Output, loss.Target, loss.LogDeterminant);
        int width = loss.Output.Width;
        T[] output = this[loss.Output], gradient = new T[output.Length];
        T count = T.CreateChecked(_rows.Length), pull = T.CreateChecked(loss.LogDeterminant is null ? 2 : 1);
        T square = State.Radius * State.Radius, floor = T.CreateChecked(spec.Nu) * square;
        Loss = T.Zero;
        for (int s = 0; s < _rows.Length; s++)
        {
            T weight = T.CreateChecked(ImportanceWeights[_rows[s]]), f = Distances[s];
            bool soft = loss.Kind == LossKind.SoftBoundary, inside = soft && !(f > square);
            Loss += weight * (soft ? floor + (inside ? T.Zero : f - square) : f);
            for (int j = 0; j < width; j++)
            {
                T difference = output[(s * width) + j] - Point(loss.Target, s, j, width);
                gradient[(s * width) + j] = inside ? T.Zero : weight / count * pull * difference;
            }
        }

        this[loss.OutputGradient] = gradient;
    }

    private void Backward(DenseBackward dense)
    {
        DenseLayer layer = dense.Layer;
        int samples = _rows.Length, inputs = layer.Inputs, outputs = layer.Outputs;
        T[] x = this[dense.Input], output = this[dense.Output], d = [.. this[dense.OutputGradient]];
        if (layer.HasRelu)
        {
            for (int i = 0; i < d.Length; i++) d[i] *= Slope(layer.Slope, output[i]);
        }

        if (layer.Norm is { } norm) NormalizeBackward(layer.Name, norm, d);
        for (int o = 0; o < outputs; o++)
        {
            if (layer.Bias is { } bias) Gradient[bias.Offset + o] = Sum(s => d[(s * outputs) + o]);
            for (int i = 0; i < inputs; i++)
            {
                T sum = T.Zero;
                for (int s = 0; s < samples; s++) sum += d[(s * outputs) + o] * x[(s * inputs) + i];
                Gradient[layer.Weight.Offset + (o * inputs) + i] = sum;
            }
        }

        if (dense.InputGradient is null) return;
        T[] inputGradient = dense.Accumulate ? this[dense.InputGradient] : new T[samples * inputs], weights = Weights(layer);
        for (int s = 0; s < samples; s++)
        {
            for (int i = 0; i < inputs; i++)
            {
                T sum = inputGradient[(s * inputs) + i];
                for (int o = 0; o < outputs; o++) sum += weights[(o * inputs) + i] * d[(s * outputs) + o];
                inputGradient[(s * inputs) + i] = sum;
            }
        }

        this[dense.InputGradient] = inputGradient;
    }

    // With y = γ·ẑ + β and ẑ = (z − μ)/√(σ² + ε): dẑ = γ·dy and dz = (dẑ − mean(dẑ) − ẑ·mean(dẑ·ẑ))/√(σ² + ε).
    private void NormalizeBackward(string name, BatchNorm norm, T[] d)
    {
        int units = norm.RunningMean.Length;
        (T[] normalized, T[] inverse) = _normalizations[name];
        for (int o = 0; o < units; o++)
        {
            int[] places = Places(o, units, d.Length);
            T count = T.CreateChecked(places.Length), sum = T.Zero, product = T.Zero;
            foreach (int i in places)
            {
                sum += d[i];
                product += d[i] * normalized[i];
            }

            if (norm.Scale is not null) Gradient[norm.Scale.Offset + o] = product;
            if (norm.Shift is not null) Gradient[norm.Shift.Offset + o] = sum;
            T gamma = Parameter(norm.Scale, o, T.One);
            foreach (int i in places)
                d[i] = gamma * inverse[o] * (d[i] - (sum / count) - (normalized[i] * product / count));
        }
    }

    // Where a batch holds the numbers of one unit: a feature of a dense layer, or all positions of a channel of images.
    private int[] Places(int unit, int units, int length)
    {
        int positions = length / _rows.Length / units;
        var places = new int[_rows.Length * positions];
        for (int s = 0; s < _rows.Length; s++)
        {
            for (int p = 0; p < positions; p++) places[(s * positions) + p] = (((s * units) + unit) * positions) + p;
        }

        if (Backwards && positions > 1) Array.Reverse(places);
        return places;
    }

    private void ApplyMasks()
    {
        foreach (TensorSlot slot in plan.Parameters.Slots.Where(slot => slot.Mask is not null))
        {
            for (int i = 0; i < slot.Length; i++)
            {
                if (!slot.Mask!.Allows(i / slot.Columns, i % slot.Columns)) Gradient[slot.Offset + i] = T.Zero;
            }
        }
    }

    private void Adam()
    {
        T beta1 = T.CreateChecked(0.9), beta2 = T.CreateChecked(0.999), epsilon = T.CreateChecked(1e-8);
        T rate = T.CreateChecked(spec.LearningRate), decay = T.CreateChecked(spec.WeightDecay);
        State.Steps++;
        T correction1 = T.One - T.Pow(beta1, T.CreateChecked(State.Steps));
        T correction2 = T.One - T.Pow(beta2, T.CreateChecked(State.Steps));
        T[] p = State.Parameters, m = State.FirstMoment, v = State.SecondMoment;
        for (int i = 0; i < p.Length; i++)
        {
            T g = Gradient[i] + (decay * p[i]);
            m[i] = (beta1 * m[i]) + ((T.One - beta1) * g);
            v[i] = (beta2 * v[i]) + ((T.One - beta2) * g * g);
            p[i] -= rate * (m[i] / correction1) / (T.Sqrt(v[i] / correction2) + epsilon);
        }
    }

    private void UpdateRadius()
    {
        T[] sorted = [.. Distances.Select(T.Sqrt).Order()];
        T position = T.CreateChecked((1 - spec.Nu) * (sorted.Length - 1));
        int below = int.CreateChecked(T.Floor(position)), above = Math.Min(below + 1, sorted.Length - 1);
        State.Radius = sorted[below] + ((position - T.Floor(position)) * (sorted[above] - sorted[below]));
    }

    // f: squared distances, or the negative logarithm of a standard normal density, less the log-determinant.
    private T[] Scores(Activation output, Activation? target, Activation? logDeterminant)
    {
        int width = output.Width;
        var scores = new T[_rows.Length];
        for (int s = 0; s < scores.Length; s++)
        {
            for (int j = 0; j < width; j++)
            {
                T difference = this[output][(s * width) + j] - Point(target, s, j, width);
                scores[s] += difference * difference;
            }

            if (logDeterminant is null) continue;
            T constant = T.CreateChecked(width) / T.CreateChecked(2) * T.CreateChecked(Math.Log(2 * Math.PI));
            scores[s] = (scores[s] / T.CreateChecked(2)) + constant - this[logDeterminant][s];
        }

        return scores;
    }

    private T Point(Activation? target, int sample, int j, int width) =>
        target is not null ? this[target][(sample * width) + j] : plan.HasCenter ? State.Center[j] : T.Zero;

    private T Parameter(TensorSlot? slot, int index, T otherwise) =>
        slot is null ? otherwise : State.Parameters[slot.Offset + index];

    private T[] Weights(DenseLayer layer) =>
        State.Parameters.AsSpan(layer.Weight.Offset, layer.Outputs * layer.Inputs).ToArray();

    private T Sum(Func<int, T> term)
    {
        T sum = T.Zero;
        for (int s = 0; s < _rows.Length; s++) sum += term(s);
        return sum;
    }

    // The same number always has the same exponential, as on any device.
    private T Exp(T value)
    {
        T result = T.Exp(value);
        if (ExponentialRounding == 0) return result;
        ulong bits = BitConverter.DoubleToUInt64Bits(double.CreateChecked(value)) + (ulong)ExponentialRounding;
        bits = (bits ^ (bits >> 29)) * 0x9e3779b97f4a7c15; // every bit of the value moves the upper ones, which choose
        int units = (int)((bits >> 32) % 5) - 2;
        for (; units > 0; units--) result = T.BitIncrement(result);
        for (; units < 0; units++) result = T.BitDecrement(result);
        return result;
    }

    private static T Slope(float slope, T value) => value > T.Zero ? T.One : T.CreateChecked(slope);
}
