using IadNative.Compute.Operations;

namespace IadNative.Tests.Compute.Twin;

internal sealed partial class TwinInterpreter<T>
{
    private void Score(OutputScore score) => this[score.Scores] = [.. this[score.Output]];

    private void Deviate(AbsoluteLoss loss)
    {
        T[] scores = this[loss.Scores], gradient = new T[_rows.Length];
        T share = T.One / T.CreateChecked(_rows.Length);
        var signs = new HashCode();
        Loss = T.Zero;
        for (int s = 0; s < gradient.Length; s++)
        {
            T difference = scores[s] - T.CreateChecked(ImportanceWeights[_rows[s]]);
            int sign = difference > T.Zero ? 1 : difference < T.Zero ? -1 : 0;
            signs.Add(sign);
            gradient[s] = T.CreateChecked(sign) * share;
            Loss += T.Abs(difference);
        }

        BatchBranches = signs.ToHashCode();
        this[loss.ScoreGradient] = gradient;
    }

    private void Score(KernelRegression score)
    {
        int width = score.Input.Width;
        T[] z = this[score.Input], scores = new T[_rows.Length];
        for (int s = 0; s < scores.Length; s++)
        {
            for (int i = 0; i < score.Points.Rows; i++)
            {
                T product = T.Zero;
                for (int j = 0; j < width; j++) product += z[(s * width) + j] * State.State[score.Points.Offset + (i * width) + j];
                T squared = T.Max(T.Zero, T.CreateChecked(2) - (T.CreateChecked(2) * product)), scale = T.CreateChecked(0.3);
                T kernel = T.Exp(-squared / (T.CreateChecked(2) * scale * scale)) + product + T.One;
                scores[s] += State.State[score.Coefficients.Offset + i] * kernel;
            }
        }

        this[score.Scores] = scores;
    }
}
