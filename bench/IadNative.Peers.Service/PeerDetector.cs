using IadNative.Extensions.Hosting;

namespace IadNative.Peers.Service;

/// <summary>A detector whose scores come from elsewhere; threshold and percentiles are those of the model file.</summary>
internal abstract class PeerDetector(string model) : IAnomalyDetectorProvider
{
    private readonly AnomalyDetector _judge = AnomalyDetector.Load(model);

    public string Name => "";

    public AnomalyDetector? Current => _judge;

    public ModelStatus Status { get; } = new(DateTimeOffset.UnixEpoch, null);

    public int TryScore(ReadOnlySpan<float> rows, Span<DetectorScore> scores)
    {
        Span<float> numbers = scores.Length <= 256 ? stackalloc float[scores.Length] : new float[scores.Length];
        Score(rows, numbers);
        for (int i = 0; i < scores.Length; i++)
        {
            scores[i] = new DetectorScore
            {
                Status = ScoreStatus.Scored,
                Score = numbers[i],
                Percentile = _judge.Percentile(numbers[i]),
                IsAnomaly = _judge.IsAnomaly(numbers[i]),
                Column = -1,
            };
        }

        return scores.Length;
    }

    public bool TryScore(ReadOnlySpan<float> row, out DetectorScore score) => throw new NotSupportedException();

    public bool TryScore(ReadOnlySpan<double> row, out DetectorScore score) => throw new NotSupportedException();

    public void Replace(AnomalyDetector detector) => throw new NotSupportedException();

    public bool TryReload() => throw new NotSupportedException();

    protected abstract void Score(ReadOnlySpan<float> rows, Span<float> scores);
}

/// <summary>Gives every row the score 1: what a request costs besides.</summary>
internal sealed class ConstantDetector(string model) : PeerDetector(model)
{
    protected override void Score(ReadOnlySpan<float> rows, Span<float> scores) => scores.Fill(1);
}
