using IadNative.Compute.Operations;

namespace IadNative.Tests.Compute.Twin;

internal sealed partial class TwinInterpreter<T>
{
    private void Rank(MinimalVolumeLoss loss)
    {
        int samples = _rows.Length;
        T[] scores = this[loss.Scores], gradient = new T[samples];
        int[] order = [.. Enumerable.Range(0, samples).OrderBy(s => scores[s]).ThenBy(s => s).Reverse()];
        T alpha = T.CreateChecked(loss.Alpha), log = T.CreateChecked(samples) * T.Log(T.One - alpha);
        var ranks = new HashCode();
        Loss = T.Zero;
        for (int k = 1; k <= samples; k++)
        {
            int s = order[k - 1];
            ranks.Add(s);
            log += T.Log(T.CreateChecked(samples - k + 1) / T.CreateChecked(k)) + T.Log(alpha) - T.Log(T.One - alpha);
            gradient[s] = T.Exp(log) * T.CreateChecked(ImportanceWeights[_rows[s]]);
            Loss += gradient[s] * scores[s] * T.CreateChecked(samples);
        }

        BatchBranches = ranks.ToHashCode();
        this[loss.ScoreGradient] = gradient;
    }
}
