using System.Runtime.CompilerServices;
using IadNative.Detectors;
using IadNative.Metrics;
using IadNative.Models;

namespace IadNative;

/// <summary>
/// What scores rows of features: the higher the score, the more anomalous. Safe for concurrent use. One that is no <see cref="AnomalyDetector"/>
/// is of a <see cref="ScoringPool"/> and has nothing beside what scoring needs.
/// </summary>
public class ScoringDetector
{
    private readonly ColumnSet _columns;
    private readonly float[] _quantiles;
    private readonly NormalTail _tail;

    internal ScoringDetector(RowScorer scorer, ColumnSet columns, DetectorContent content)
    {
        (Scorer, _columns, _quantiles, Threshold) = (scorer, columns, content.Quantiles, content.Threshold);
        _tail = content.NormalTail ?? NormalTail.OfAll(content.Quantiles);
    }

    /// <summary>d: features of a row.</summary>
    public int Features => Columns.Count;

    /// <summary>The columns of a row: names, kinds and, of categories, the levels whose codes a row holds.</summary>
    public IReadOnlyList<FeatureColumn> Columns => _columns.Columns;

    /// <summary>Names of the d features, in the order of a row.</summary>
    public IReadOnlyList<string> FeatureNames => _columns.Names;

    /// <summary>Scores above this are labelled anomalous.</summary>
    public float Threshold { get; }

    internal RowScorer Scorer { get; }

    /// <summary>
    /// Anomaly score of one row of d raw features. It allocates nothing but buffers that are kept for later calls: those of a first
    /// image or of members that see a choice of features, and a set where more threads score at once than ever before.
    /// </summary>
    /// <returns>The score; <see cref="float.MaxValue"/> when it is not finite (a feature is not, or lies too far out).</returns>
    /// <exception cref="ArgumentException">The row does not have d features.</exception>
    [OverloadResolutionPriority(1)]
    public float Score(ReadOnlySpan<float> row)
    {
        Span<float> score = stackalloc float[1];
        Score(row, score, threads: 1);
        return score[0];
    }

    /// <summary>
    /// Anomaly score of one row in float64: for features that float32 is too coarse for, such as times in seconds. Where it is not, a
    /// row has the same score in both.
    /// </summary>
    /// <returns>The score; <see cref="float.MaxValue"/> when it is not finite.</returns>
    /// <exception cref="ArgumentException">The row does not have d features.</exception>
    public float Score(ReadOnlySpan<double> row)
    {
        Span<float> score = stackalloc float[1];
        Score(row, score, threads: 1);
        return score[0];
    }

    /// <summary>Anomaly scores of n rows, each the same to the bit as if scored alone, whatever the threads.</summary>
    /// <param name="rows">n × d raw features, row-major.</param>
    /// <param name="scores">Receives the n scores; <see cref="float.MaxValue"/> for one that is not finite.</param>
    /// <param name="threads">
    /// Threads that may share the rows out among them: without it, or at 0, one per core. So few rows that sharing would not pay
    /// are scored on the calling thread alone. With 1, all are, and the call allocates no more than that of a single row; each call
    /// that shares out allocates a few objects, and a set of buffers where threads score that have none yet. A caller that is itself
    /// one of many threads, or must not allocate, passes 1.
    /// </param>
    /// <exception cref="ArgumentException">The lengths do not fit, or <paramref name="threads"/> is negative.</exception>
    [OverloadResolutionPriority(1)]
    public void Score(ReadOnlySpan<float> rows, Span<float> scores, int threads = 0)
    {
        CheckLengths(rows.Length, scores.Length);
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        Scorer.Score(rows, scores, threads);
    }

    /// <summary>Anomaly scores of n rows in float64, each the same to the bit as if scored alone, whatever the threads.</summary>
    /// <param name="rows">n × d raw features, row-major.</param>
    /// <param name="scores">Receives the n scores; <see cref="float.MaxValue"/> for one that is not finite.</param>
    /// <param name="threads">Threads that may share the rows out among them; 0 for one per core.</param>
    /// <exception cref="ArgumentException">The lengths do not fit, or <paramref name="threads"/> is negative.</exception>
    public void Score(ReadOnlySpan<double> rows, Span<float> scores, int threads = 0)
    {
        CheckLengths(rows.Length, scores.Length);
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        Scorer.Score(rows, scores, threads);
    }

    /// <summary>Whether a score lies above <see cref="Threshold"/>.</summary>
    public bool IsAnomaly(float score) => score > Threshold;

    /// <summary>Where a score stands among the training scores, 0 to 100.</summary>
    /// <exception cref="ArgumentException">The score is NaN.</exception>
    public double Percentile(float score) => Quantiles.Percentile(_quantiles, score);

    /// <summary>
    /// The share of normal rows that score so high or higher, as the training rows tell: p = (1 + N(s))/(1 + N), the conformal p-value
    /// (Vovk, Gammerman and Shafer, 2005), where N(s) counts the training rows with the score s or a higher one. Rows above the cut of
    /// <see cref="ThresholdRule.RootOtsu"/>, whose importance weights are next to 0, count for no more than an exponential tail of √(s −
    /// s_min), fitted to the rows between median and cut, lets expect.
    /// <para>
    /// Were training rows all normal and no network trained on them, a new normal row would have p ≤ α with a probability of at most α.
    /// They are neither, and that is no guarantee: over twelve published sets with 1 to 41% anomalies, normal rows that were held out had
    /// p ≤ 0.05 in 3.1% of the cases on average with <c>auto</c>, and in 4.4 to 6.8% with other models; on one of them in 16%.
    /// </para>
    /// <para>Models of earlier versions kept no such tail: there all training rows count, and no p is below 1/1,002.</para>
    /// </summary>
    /// <param name="score">A score of this detector; infinities are below and above all.</param>
    /// <returns>A number in (0, 1], which never rises when the score rises.</returns>
    /// <exception cref="ArgumentException">The score is NaN.</exception>
    public double PValue(float score) => _tail.PValue(score);

    private void CheckLengths(int rows, int scores)
    {
        if (rows != (long)scores * Features)
        {
            throw new ArgumentException(
                $"{scores} scores need {scores} rows of {Features} features, {(long)scores * Features} numbers, but {rows} were given.",
                nameof(rows));
        }
    }
}
