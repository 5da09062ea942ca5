using IadNative.Data;
using IadNative.Iad;

/// <summary>
/// An isolation forest (Liu, Ting and Zhou, 2008) whose trees draw their samples by importance weight: a sample is anomalous when few
/// cuts at random places part it from the samples of a tree, s = 2^(−mean path / c).
/// </summary>
/// <param name="data">n samples of d features.</param>
/// <param name="seed">Seed of all random numbers.</param>
/// <param name="trees">Trees of the forest.</param>
/// <param name="samples">Samples of a tree.</param>
internal sealed class WeightedForest(Dataset data, int seed, int trees, int samples) : IWeightedDetector
{
    private readonly Random _random = new(seed);
    private Node[] _roots = [], _kept = [];

    /// <summary>Without a tree all samples score alike: an AUC of one half.</summary>
    public bool ScoresUntrained => true;

    /// <summary>Grows a new forest.</summary>
    public void Train(ReadOnlySpan<float> weights, CancellationToken cancellationToken)
    {
        var sums = new double[weights.Length];
        for (int i = 0; i < sums.Length; i++) sums[i] = (i == 0 ? 0 : sums[i - 1]) + weights[i];
        var roots = new Node[trees];
        for (int tree = 0; tree < trees; tree++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var rows = new int[samples];
            for (int k = 0; k < samples; k++)
            {
                int found = Array.BinarySearch(sums, _random.NextDouble() * sums[^1]);
                rows[k] = Math.Min(found < 0 ? ~found : found + 1, sums.Length - 1);
            }

            roots[tree] = Grow(rows, depth: 0);
        }

        _roots = roots;
    }

    public void Score(Span<float> scores)
    {
        for (int i = 0; i < scores.Length; i++)
        {
            double paths = 0;
            foreach (Node root in _roots) paths += root.PathOf(data.Row(i));
            scores[i] = (float)Math.Pow(2, -paths / (trees * MeanPath(samples)));
        }
    }

    public void Keep() => _kept = _roots;

    public void Restore() => _roots = _kept;

    private Node Grow(Span<int> rows, int depth)
    {
        int feature = _random.Next(data.Columns), low = 0;
        float least = float.PositiveInfinity, most = float.NegativeInfinity;
        foreach (int row in rows) (least, most) = (Math.Min(least, data.Row(row)[feature]), Math.Max(most, data.Row(row)[feature]));
        if (rows.Length < 2 || least == most || depth >= Math.Log2(samples)) return new Node(depth + MeanPath(rows.Length));
        float cut = least + (_random.NextSingle() * (most - least));
        for (int k = 0; k < rows.Length; k++)
        {
            if (data.Row(rows[k])[feature] > cut) continue;
            (rows[k], rows[low]) = (rows[low], rows[k]);
            low++;
        }

        return new Node(0, feature, cut, Grow(rows[..low], depth + 1), Grow(rows[low..], depth + 1));
    }

    /// <summary>Mean path of an unsuccessful search in a tree of n samples: what a leaf of n adds to its depth.</summary>
    private static double MeanPath(int n) => n switch
    {
        < 2 => 0,
        2 => 1,
        _ => (2 * (Math.Log(n - 1) + 0.5772156649)) - (2.0 * (n - 1) / n),
    };

    /// <summary>A cut, or a leaf with the length of the path to it.</summary>
    private sealed record Node(double Path, int Feature = -1, float Cut = 0, Node? Low = null, Node? High = null)
    {
        public double PathOf(ReadOnlySpan<float> row)
        {
            Node node = this;
            while (node.Feature >= 0) node = row[node.Feature] <= node.Cut ? node.Low! : node.High!;
            return node.Path;
        }
    }
}
