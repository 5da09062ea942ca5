using IadNative.Bench.Versus.Exchange;

namespace IadNative.Peers.Torch;

/// <summary>
/// Algorithm 1: every round trains from fresh weights, scores, ranks, counts rank flips and sets the weights of the next.
/// </summary>
internal sealed class TorchJob(ProblemData data, TorchVariant variant) : IContestant
{
    private const double LargestExponent = 80;

    private readonly TorchTrainer _trainer = new(data, variant);

    public Introduction Introduce()
    {
        var first = new List<double>();
        var rounds = new double[data.Problem.Rounds];
        Run((round, epoch, loss, samples) =>
        {
            if (first.Count < data.Problem.CheckedSteps) first.Add(loss);
            if (epoch == data.Problem.Epochs - 1) rounds[round] += loss * samples / data.Problem.Rows;
        });
        return new Introduction(variant.Name, [.. first]) { RoundLosses = rounds };
    }

    public Measurement Run(int count) => Measurement.Whole(count, jobs =>
    {
        for (int i = 0; i < jobs; i++) Run(null);
    });

    private void Run(Action<int, int, double, int>? report)
    {
        int n = data.Problem.Rows;
        int[] ranks = new int[n], previous = new int[n];
        var flips = new int[data.Problem.Rounds];
        var weights = new float[n];
        Array.Fill(weights, 1f);
        for (int round = 0; round < data.Problem.Rounds; round++)
        {
            _trainer.Reset(round);
            _trainer.PlaceCenter();
            _trainer.SetWeights(weights);
            for (int epoch = 0; epoch < data.Problem.Epochs; epoch++)
                _trainer.TrainEpoch(round, epoch, report is null ? null : (loss, samples) => report(round, epoch, loss, samples));
            float[] scores = _trainer.Score();
            (ranks, previous) = (previous, ranks);
            UpdateWeights(scores, ranks, weights);
            if (round > 0) flips[round] = RankFlips(ranks, previous);
        }
    }

    private void UpdateWeights(float[] scores, int[] ranks, float[] weights)
    {
        int n = scores.Length;
        float[] sorted = [.. scores];
        int[] order = [.. Enumerable.Range(0, n)];
        Array.Sort(sorted, order);
        for (int i = 0; i < n; i++) ranks[order[i]] = i + 1;
        double median = ((double)sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
        double width = Math.Min(median - sorted[0], sorted[^1] - median);
        for (int i = 0; i < n; i++)
        {
            double exponent = (scores[i] - median) / width * data.Problem.InverseTau;
            weights[i] = (float)(1 / (1 + Math.Exp(Math.Clamp(exponent, -LargestExponent, LargestExponent))));
        }
    }

    private static int RankFlips(int[] ranks, int[] previous)
    {
        int flips = 0, half = (ranks.Length + 1) / 2;
        for (int i = 0; i < ranks.Length; i++)
        {
            if ((ranks[i] < half && previous[i] > half) || (ranks[i] > half && previous[i] < half)) flips++;
        }

        return flips;
    }
}
