using System.Numerics;
using IadNative.Compute;
using IadNative.Compute.Operations;
using IadNative.Data;
using IadNative.Probe;

namespace IadNative.Tests.Compute.Twin;

/// <summary>
/// A second implementation of plans: one method per plan kind, scalar loops straight from the formulas, activations
/// row-major, B × width. Over double it is what the engine is compared with; over float it is the naive implementation whose
/// rounding errors the engine's are measured against. The order of the passes is the plan's alone.
/// </summary>
internal sealed partial class TwinInterpreter<T>(Plan plan, SessionSpec spec, TwinState<T> state)
    where T : IFloatingPointIeee754<T>
{
    private readonly T[] _data = TwinState<T>.Convert(spec.Data.Array!);
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
    public float[] ImportanceWeights { get; set; } = [.. Enumerable.Repeat(1f, (int)(spec.Data.Length / plan.Features))];

    /// <summary>f of each sample of the last batch.</summary>
    public T[] Distances => this[plan.Scores];

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
    public void Train(IEnumerable<PlanOperation> operations, ReadOnlySpan<int> rows, int epoch = int.MaxValue)
    {
        _rows = rows.ToArray();
        foreach (PlanOperation operation in operations)
        {
            switch (operation)
            {
                case GatherBatch gather: Gather(gather); break;
                case DenseForward dense: Forward(dense, training: true); break;
                case SquaredDistance score: Score(score); break;
                case SquaredDistanceBackward score: Backward(score); break;
                case NegativeLogLikelihood score: Score(score); break;
                case NegativeLogLikelihoodBackward score: Backward(score); break;
                case ScoreLoss loss: Weigh(loss.Scores, loss.ScoreGradient, f => (f, T.One)); break;
                case SoftBoundaryLoss loss: Weigh(loss.Scores, loss.ScoreGradient, f => Hinge(f, loss)); break;
                case OutputScore score: Score(score); break;
                case OutputScoreBackward score: this[score.OutputGradient] = [.. this[score.ScoreGradient]]; break;
                case AbsoluteLoss loss: Deviate(loss); break;
                case DiscriminativeLoss loss: Split(loss); break;
                case MinimalVolumeLoss loss: Rank(loss); break;
                case ResidualForward residual: Forward(residual); break;
                case ResidualBackward residual: this[residual.BranchGradient] = [.. this[residual.OutputGradient]]; break;
                case DenseBackward dense: Backward(dense); break;
                case ConvForward conv: Forward(conv, training: true); break;
                case ConvBackward conv: Backward(conv); break;
                case AffineForward affine: Forward(affine); break;
                case AffineBackward affine: Backward(affine); break;
                case FlowNormForward norm: Forward(norm, training: true); break;
                case FlowNormBackward norm: Backward(norm); break;
                case MaskGradient: ApplyMasks(); break;
                case SigmoidForward sigmoid: Forward(sigmoid); break;
                case SigmoidBackward sigmoid: Backward(sigmoid); break;
                case RowNormalizeForward normalize: Forward(normalize); break;
                case RowNormalizeBackward normalize: Backward(normalize); break;
                case SubspaceLoss loss: Subspace(loss); break;
                case OrthogonalityLoss loss: Orthogonality(loss); break;
                case AdamStep step: Adam(step); break;
                case RadiusUpdate update: if (epoch >= update.FromEpoch) UpdateRadius(update); break;
                default: throw new NotSupportedException(operation.ToString());
            }
        }
    }

    /// <summary>What follows the last step of an epoch, on its batch.</summary>
    public void EndEpoch(int epoch) => Train(plan.EpochEnd, _rows, epoch);

    /// <summary>What sets the state before a round's first step, over all rows of a replica.</summary>
    public void BeginRound(ReadOnlySpan<int> rows)
    {
        foreach (PlanOperation operation in plan.RoundStart)
        {
            if (operation is not MeanOutput mean) throw new NotSupportedException(operation.ToString());
            Score(rows);
            T[] outputs = this[mean.Output];
            T least = T.CreateChecked(0.1), count = T.CreateChecked(rows.Length);
            for (int j = 0; j < mean.Mean.Length; j++)
            {
                T sum = T.Zero;
                for (int i = j; i < outputs.Length; i += mean.Mean.Length) sum += outputs[i];
                T value = sum / count;
                State.State[mean.Mean.Offset + j] = T.Abs(value) >= least ? value : value < T.Zero ? -least : least;
            }
        }
    }

    /// <summary>Whether a bias is added to a finished sum, rather than the sum started from it: a matter of rounding.</summary>
    public bool BiasLast { get; init; }

    /// <summary>Whether sums over inputs and outputs of a dense layer begin with the last: a matter of rounding.</summary>
    public bool DenseBackwards { get; init; }

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
                case ResidualForward residual: Forward(residual); break;
                case SigmoidForward sigmoid: Forward(sigmoid); break;
                case RowNormalizeForward normalize: Forward(normalize); break;
                case SquaredDistance score: Score(score); break;
                case OutputScore score: Score(score); break;
                case KernelRegression score: Score(score); break;
                case NegativeLogLikelihood score: Score(score); break;
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
                for (int step = 0; step < inputs; step++)
                {
                    int i = DenseBackwards ? inputs - 1 - step : step;
                    sum += weights[(o * inputs) + i] * x[(s * inputs) + i];
                }

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

    private void Score(SquaredDistance score)
    {
        T[] output = this[score.Output], scores = new T[_rows.Length];
        for (int i = 0; i < output.Length; i++)
        {
            T difference = output[i] - Point(score.Target, score.Center, i);
            scores[i / score.Output.Width] += difference * difference;
        }

        for (int s = 0; score.IsRoot && s < scores.Length; s++) scores[s] = T.Sqrt(scores[s]);
        this[score.Scores] = scores;
    }

    private void Backward(SquaredDistanceBackward score)
    {
        T[] output = this[score.Output], pull = this[score.ScoreGradient], gradient = new T[output.Length];
        for (int i = 0; i < gradient.Length; i++)
        {
            T slope = T.CreateChecked(2);
            if (score.Root is { } root) slope = this[root][i / score.Output.Width] is var f && f > T.Zero ? T.One / f : T.Zero;
            gradient[i] = pull[i / score.Output.Width] * slope * (output[i] - Point(score.Target, score.Center, i));
        }

        this[score.OutputGradient] = gradient;
    }

    private void Forward(ResidualForward residual) =>
        this[residual.Output] = [.. this[residual.Input].Zip(this[residual.Branch], (x, n) => x + n)];

    private T Point(Activation? target, TensorSlot? center, int i) =>
        target is not null ? this[target][i] : State.State[center!.Offset + (i % center.Length)];

    private void Score(NegativeLogLikelihood score)
    {
        int width = score.Output.Width;
        T[] output = this[score.Output], scores = new T[_rows.Length];
        T constant = T.CreateChecked(width) / T.CreateChecked(2) * T.CreateChecked(Math.Log(2 * Math.PI));
        for (int s = 0; s < scores.Length; s++)
        {
            for (int j = 0; j < width; j++) scores[s] += output[(s * width) + j] * output[(s * width) + j];
            scores[s] = (scores[s] / T.CreateChecked(2)) + constant - this[score.LogDeterminant][s];
        }

        this[score.Scores] = scores;
    }

    private void Backward(NegativeLogLikelihoodBackward score) => this[score.OutputGradient] =
        [.. this[score.Output].Select((u, i) => this[score.ScoreGradient][i / score.Output.Width] * u)];

    private void Weigh(Activation scores, Activation scoreGradient, Func<T, (T Loss, T Slope)> lossOf)
    {
        var gradient = new T[_rows.Length];
        Loss = T.Zero;
        for (int s = 0; s < gradient.Length; s++)
        {
            T weight = T.CreateChecked(ImportanceWeights[_rows[s]]);
            (T loss, T slope) = lossOf(this[scores][s]);
            Loss += weight * loss;
            gradient[s] = weight / T.CreateChecked(_rows.Length) * slope;
        }

        this[scoreGradient] = gradient;
    }

    private (T Loss, T Slope) Hinge(T f, SoftBoundaryLoss loss)
    {
        T square = State.State[loss.Radius.Offset] * State.State[loss.Radius.Offset], floor = T.CreateChecked(loss.Nu) * square;
        return f > square ? (floor + (f - square), T.One) : (floor, T.Zero);
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
                for (int step = 0; step < outputs; step++)
                {
                    int o = DenseBackwards ? outputs - 1 - step : step;
                    sum += weights[(o * inputs) + i] * d[(s * outputs) + o];
                }

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
        int[] places = new int[_rows.Length * positions];
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

    private void Adam(AdamStep step)
    {
        T beta1 = T.CreateChecked(0.9), beta2 = T.CreateChecked(0.999), epsilon = T.CreateChecked(1e-8);
        T rate = T.CreateChecked(spec.LearningRate * step.Factor), decay = T.CreateChecked(step.Moments == 0 ? spec.WeightDecay : 0);
        if (step.Moments == 0) State.Steps++;
        T correction1 = T.One - T.Pow(beta1, T.CreateChecked(State.Steps));
        T correction2 = T.One - T.Pow(beta2, T.CreateChecked(State.Steps));
        T[] p = State.Parameters;
        int end = step.First + (step.Length ?? p.Length - step.First), set = step.Moments * plan.MomentStride;
        for (int i = step.First; i < end; i++)
        {
            ref T m = ref State.FirstMoment[set + i], v = ref State.SecondMoment[set + i];
            T g = Gradient[i] + (decay * p[i]);
            T squared = DropBelow(g, AdamStep.LeastSquared);
            m = DropBelow((beta1 * m) + ((T.One - beta1) * g), AdamStep.LeastFirstMoment);
            v = DropBelow((beta2 * v) + ((T.One - beta2) * squared * squared), AdamStep.LeastSecondMoment);
            p[i] -= rate * (m / correction1) / (T.Sqrt(v / correction2) + epsilon);
        }
    }

    private static T DropBelow(T value, float least) => T.Abs(value) < T.CreateChecked(least) ? T.Zero : value;

    private void UpdateRadius(RadiusUpdate update)
    {
        T[] sorted = [.. this[update.Scores].Select(T.Sqrt).Order()];
        T position = T.CreateChecked((1 - update.Nu) * (sorted.Length - 1));
        int below = int.CreateChecked(T.Floor(position)), above = Math.Min(below + 1, sorted.Length - 1);
        State.State[update.Radius.Offset] = sorted[below] + ((position - T.Floor(position)) * (sorted[above] - sorted[below]));
    }

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

    private void Forward(SigmoidForward sigmoid) =>
        this[sigmoid.Output] = [.. this[sigmoid.Input].Select(x => T.One / (T.One + Exp(-x)))];

    private void Backward(SigmoidBackward sigmoid) => this[sigmoid.InputGradient] =
        [.. this[sigmoid.Output].Zip(this[sigmoid.OutputGradient], (z, dz) => dz * (z * (T.One - z)))];

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
