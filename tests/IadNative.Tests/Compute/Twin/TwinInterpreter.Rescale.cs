using IadNative.Compute;
using IadNative.Compute.Operations;

namespace IadNative.Tests.Compute.Twin;

/// <content>The rescale rule of DeepLIFT: what each feature adds to the score of a row beyond that of a reference.</content>
internal sealed partial class TwinInterpreter<T>
{
    /// <summary>The contributions of a row, for scores that are no sums over features.</summary>
    public T[] Contributions(int row, int reference)
    {
        Score(plan.Scoring, [reference, row]);
        T[] multipliers = [];
        foreach (PlanOperation operation in plan.Scoring.Reverse())
        {
            multipliers = operation switch
            {
                SquaredDistance { IsRoot: false, Center: { } center } score =>
                    [.. Pairs(score.Output).Select((pair, j) => pair.Own + pair.Typical - (Two * State.State[center.Offset + j]))],
                OutputScore => [T.One],
                KernelRegression score => Carry(score),
                RowNormalizeForward normalize => Carry(normalize, multipliers),
                DenseForward dense => Carry(dense, multipliers),
                ConvForward conv => Carry(conv, multipliers),
                GatherBatch gather => [.. Pairs(gather.Output).Select((pair, j) => multipliers[j] * (pair.Own - pair.Typical))],
                _ => throw new NotSupportedException(operation.ToString()),
            };
        }

        return multipliers;
    }

    private static T Two => T.CreateChecked(2);

    // The numbers of the row and of the reference, which is the first sample.
    private (T Own, T Typical)[] Pairs(Activation activation)
    {
        T[] values = this[activation];
        return [.. Enumerable.Range(0, activation.Width).Select(j => (values[activation.Width + j], values[j]))];
    }

    private T[] Carry(KernelRegression score)
    {
        (T Own, T Typical)[] pairs = Pairs(score.Input);
        var carried = new T[pairs.Length];
        for (int i = 0; i < score.Points.Rows; i++)
        {
            T product = T.Zero, typical = T.Zero;
            for (int j = 0; j < pairs.Length; j++)
                (product, typical) = (product + (Point(i, j) * pairs[j].Own), typical + (Point(i, j) * pairs[j].Typical));
            T tangent = T.One + (product < T.One ? T.Exp((product - T.One) / T.CreateChecked(0.09)) / T.CreateChecked(0.09) : T.Zero);
            T slope = product == typical ? tangent : (Kernel(product) - Kernel(typical)) / (product - typical);
            for (int j = 0; j < pairs.Length; j++) carried[j] += State.State[score.Coefficients.Offset + i] * slope * Point(i, j);
        }

        return carried;

        T Point(int i, int j) => State.State[score.Points.Offset + (i * pairs.Length) + j];

        static T Kernel(T product) => T.Exp(T.Min(T.Zero, product - T.One) / T.CreateChecked(0.09)) + product + T.One;
    }

    private T[] Carry(RowNormalizeForward normalize, T[] multipliers)
    {
        (T Own, T Typical)[] pairs = Pairs(normalize.Input);
        T norm = T.Zero, typical = T.Zero, sum = T.Zero;
        for (int j = 0; j < pairs.Length; j++)
        {
            (norm, typical) = (norm + (pairs[j].Own * pairs[j].Own), typical + (pairs[j].Typical * pairs[j].Typical));
            sum += multipliers[j] * (pairs[j].Own + pairs[j].Typical) / Two;
        }

        (norm, typical) = (T.Sqrt(norm), T.Sqrt(typical));
        return
        [
            .. pairs.Select((pair, j) => (multipliers[j] * ((T.One / norm) + (T.One / typical)) / Two)
                - (sum * (pair.Own + pair.Typical) / (norm * typical * (norm + typical)))),
        ];
    }

    private T[] Carry(DenseForward dense, T[] multipliers)
    {
        DenseLayer layer = dense.Layer;
        (T Own, T Typical)[] pairs = Pairs(dense.Output);
        T[] weights = Weights(layer), carried = new T[layer.Inputs];
        for (int o = 0; o < layer.Outputs; o++)
        {
            T slope = multipliers[o] * Chord(pairs[o].Own, pairs[o].Typical, layer.Slope) * NormScale(layer.Norm, o);
            for (int i = 0; i < layer.Inputs; i++) carried[i] += slope * weights[(o * layer.Inputs) + i];
        }

        return carried;
    }

    // The largest of a window came out; what it rose or fell by belongs to the place of the larger of the two.
    private T[] Carry(ConvForward conv, T[] multipliers)
    {
        ConvLayer layer = conv.Layer;
        T[] images = _images[layer.Name], slopes = new T[images.Length / 2], carried = new T[layer.Inputs];
        T[] Inputs(int first) => [.. images.AsSpan(first, slopes.Length).ToArray().Select(y => Before(y, layer.Slope))];
        T[] typical = Inputs(0), own = Inputs(slopes.Length);
        int[] ownPlaces = layer.Pool ? [.. Largest(layer, own)] : [.. Enumerable.Range(0, own.Length)];
        int[] typicalPlaces = layer.Pool ? [.. Largest(layer, typical)] : ownPlaces;
        for (int i = 0; i < multipliers.Length; i++)
        {
            T y = own[ownPlaces[i]], other = typical[typicalPlaces[i]];
            int place = y > other ? ownPlaces[i] : typicalPlaces[i];
            T rise = (y * Slope(layer.Slope, y)) - (other * Slope(layer.Slope, other));
            if (y != other) slopes[place] = multipliers[i] * rise / (own[place] - typical[place]);
        }

        (int Weight, int Input)[][] taps = Taps(layer);
        for (int i = 0; i < slopes.Length; i++)
        {
            T scale = NormScale(layer.Norm, Channel(i, layer.OutputChannels, layer.Size));
            foreach ((int weight, int input) in taps[i]) carried[input] += slopes[i] * scale * State.Parameters[weight];
        }

        return carried;
    }

    private T NormScale(BatchNorm? norm, int unit) => norm is null ? T.One
        : Parameter(norm.Scale, unit, T.One) / T.Sqrt(State.Statistics[norm.RunningVariance.Offset + unit] + T.CreateChecked(1e-4));

    private static T Before(T output, float slope) => output > T.Zero ? output : output / T.CreateChecked(slope);

    private static T Chord(T own, T typical, float slope)
    {
        T difference = Before(own, slope) - Before(typical, slope);
        return difference == T.Zero ? T.One : (own - typical) / difference;
    }
}
