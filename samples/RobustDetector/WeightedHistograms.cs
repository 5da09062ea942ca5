using IadNative;

/// <summary>
/// A histogram-based outlier score (Goldstein and Dengel, 2012) whose histograms count importance weights instead of samples: a
/// sample's score is the sum over its features of −log of the share of weight in its bin.
/// </summary>
internal sealed class WeightedHistograms : IWeightedDetector
{
    private readonly int _rows, _columns, _bins;
    private readonly int[] _binOf; // n x d: the bin of every value
    private double[] _costs, _keptCosts; // d x bins: minus the logarithm of each bin's share

    /// <summary>Histograms of equally wide bins.</summary>
    /// <param name="data">n samples of d features.</param>
    /// <param name="bins">Bins of a feature.</param>
    public WeightedHistograms(Dataset data, int bins)
    {
        (_rows, _columns, _bins) = (data.Rows, data.Columns, bins);
        _binOf = new int[_rows * _columns];
        _costs = new double[_columns * bins];
        _keptCosts = new double[_columns * bins];
        for (int j = 0; j < _columns; j++)
        {
            float[] values = [.. Enumerable.Range(0, _rows).Select(i => data.Row(i)[j])];
            float low = values.Min(), width = Math.Max(values.Max() - low, float.Epsilon);
            for (int i = 0; i < _rows; i++) _binOf[(i * _columns) + j] = Math.Min((int)((values[i] - low) / width * bins), bins - 1);
        }
    }

    /// <summary>Without any sample all bins cost the same, and so do all samples: an AUC of one half.</summary>
    public bool ScoresUntrained => true;

    /// <summary>Fills the histograms anew, with a tenth of a sample in every bin beforehand.</summary>
    public void Train(ReadOnlySpan<float> weights, CancellationToken cancellationToken)
    {
        double[] shares = new double[_costs.Length];
        Array.Fill(shares, 0.1);
        double total = 0.1 * _bins;
        for (int i = 0; i < _rows; i++)
        {
            total += weights[i];
            for (int j = 0; j < _columns; j++) shares[(j * _bins) + _binOf[(i * _columns) + j]] += weights[i];
        }

        for (int bin = 0; bin < shares.Length; bin++) _costs[bin] = -Math.Log(shares[bin] / total);
    }

    public void Score(Span<float> scores)
    {
        for (int i = 0; i < _rows; i++)
        {
            double sum = 0;
            for (int j = 0; j < _columns; j++) sum += _costs[(j * _bins) + _binOf[(i * _columns) + j]];
            scores[i] = (float)sum;
        }
    }

    public void Keep() => _costs.CopyTo(_keptCosts, 0);

    public void Restore() => (_costs, _keptCosts) = (_keptCosts, _costs);
}
