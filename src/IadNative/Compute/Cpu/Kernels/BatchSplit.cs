using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Kernels;

/// <summary>Where a batch's errors fall into two classes, as <see cref="DiscriminativeLoss"/> says.</summary>
/// <param name="Normal">k*: how many of the ascending errors are pseudo-normal; all where there are no two classes.</param>
/// <param name="NormalMean">m₁.</param>
/// <param name="OtherMean">m₂.</param>
/// <param name="Mean">m.</param>
/// <param name="Scatter">Sₜ; zero where there are no two classes.</param>
/// <param name="Within">h(k*).</param>
internal readonly record struct BatchSplit(
    int Normal, double NormalMean, double OtherMean, double Mean, double Scatter, double Within)
{
    /// <summary>Splits a batch.</summary>
    /// <param name="order">The samples by ascending error, as <see cref="RankedScores"/> has them.</param>
    /// <param name="weights">Importance weight of each sample.</param>
    /// <param name="unit">u: an error is so many times a score.</param>
    public static BatchSplit Of(RankedScores order, ReadOnlySpan<float> weights, double unit)
    {
        int samples = order.Count;
        double weight = 0, sum = 0, scatter = 0;
        for (int r = 0; r < samples; r++)
        {
            double w = weights[order.Sample(r)];
            weight += w;
            sum += w * unit * order.Score(r);
        }

        double mean = sum / weight;
        for (int r = 0; r < samples; r++)
        {
            double difference = (unit * order.Score(r)) - mean;
            scatter += weights[order.Sample(r)] * difference * difference;
        }

        var split = new BatchSplit(samples, mean, mean, mean, 0, 0);
        if (!(scatter > DiscriminativeLoss.LeastScatter)) return split;
        double lowWeight = 0, lowSum = 0, most = -1;
        for (int k = 1; k < samples; k++)
        {
            double w = weights[order.Sample(k - 1)];
            lowWeight += w;
            lowSum += w * unit * order.Score(k - 1);
            double highWeight = weight - lowWeight;
            if (!(lowWeight > 0 && highWeight > 0)) continue;
            double low = lowSum / lowWeight, high = (sum - lowSum) / highWeight;
            double between = lowWeight * highWeight / weight * (high - low) * (high - low);
            if (!(between > most)) continue;
            most = between;
            split = new BatchSplit(k, low, high, mean, scatter, 1 - (between / scatter));
        }

        return split;
    }

    /// <summary>d h / d e over the weight of the sample.</summary>
    /// <param name="error">e.</param>
    /// <param name="isNormal">Whether it is of the first class.</param>
    public double Slope(double error, bool isNormal) =>
        2 / Scatter * (error - (isNormal ? NormalMean : OtherMean) - (Within * (error - Mean)));
}
