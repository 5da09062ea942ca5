using IadNative.Compute.Operations;

namespace IadNative.Tests.Compute.Twin;

internal sealed partial class TwinInterpreter<T>
{
    /// <summary>One number for the classes of the last batch that was split, or the ranks of the last that was ranked; 0 before.</summary>
    public int BatchBranches { get; private set; }

    private void Split(DiscriminativeLoss loss)
    {
        int samples = _rows.Length;
        T unit = T.CreateChecked(loss.Unit), lambda = T.CreateChecked(loss.Lambda);
        T[] errors = [.. this[loss.Scores].Select(score => unit * score)];
        T[] weights = [.. _rows.Select(row => T.CreateChecked(ImportanceWeights[row]))];
        int[] order = [.. Enumerable.Range(0, samples).OrderBy(s => errors[s]).ThenBy(s => s)];
        int count = samples;
        T mean = Mean(order), scatter = Sum(s => weights[s] * (errors[s] - mean) * (errors[s] - mean)), most = -T.One;
        for (int k = 1; k < samples; k++)
        {
            (int[] low, int[] high) = (order[..k], order[k..]);
            T lowWeight = Weight(low), highWeight = Weight(high), distance = Mean(high) - Mean(low);
            if (!(lowWeight > T.Zero && highWeight > T.Zero)) continue;
            T between = lowWeight * highWeight / (lowWeight + highWeight) * distance * distance;
            if (!(between > most)) continue;
            (most, count) = (between, k);
        }

        if (!(scatter > T.CreateChecked(1e-30))) count = samples;
        if (count == samples) lambda = T.Zero;
        T normal = T.CreateChecked(count), within = count < samples ? T.One - (most / scatter) : T.Zero;
        T[] means = count < samples ? [Mean(order[..count]), Mean(order[count..])] : [mean, mean];
        var branches = new HashCode();
        foreach (int s in order[..count].Order()) branches.Add(s);
        BatchBranches = branches.ToHashCode();

        var gradient = new T[samples];
        Loss = lambda * within * T.CreateChecked(samples);
        for (int r = 0; r < samples; r++)
        {
            int s = order[r];
            if (r < count)
            {
                Loss += weights[s] * errors[s] / normal * T.CreateChecked(samples);
                gradient[s] += T.One / normal;
            }

            if (lambda > T.Zero)
            {
                T own = errors[s] - means[r < count ? 0 : 1];
                gradient[s] += lambda * T.CreateChecked(2) / scatter * (own - (within * (errors[s] - mean)));
            }

            gradient[s] *= weights[s] * unit;
        }

        this[loss.ScoreGradient] = gradient;

        T Weight(int[] some) => some.Aggregate(T.Zero, (sum, s) => sum + weights[s]);

        T Mean(int[] some) => some.Aggregate(T.Zero, (sum, s) => sum + (weights[s] * errors[s])) / Weight(some);
    }
}
