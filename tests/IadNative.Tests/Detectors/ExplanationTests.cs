using IadNative.Data;
using IadNative.Detectors;

namespace IadNative.Tests.Detectors;

/// <summary>What each feature adds to a score: of every model, alone and averaged, and of detectors that mix models.</summary>
public sealed class ExplanationTests
{
    private const int Features = DetectorKinds.Features;

    private static readonly Dataset s_others = DetectorKinds.Others;

    // Of the scores to be told apart, their sum over features and where it begins, what is lost is rounding: of a float32 in each part.
    [Test]
    public void Contributions_sum_to_the_score([ValueSource(typeof(DetectorKinds), nameof(DetectorKinds.All))] string kind)
    {
        AnomalyDetector detector = DetectorKinds.Fitted(kind);
        double[] rows = DetectorKinds.RowsOf(kind);
        int d = detector.Features, n = rows.Length / d;
        float[] contributions = new float[rows.Length], scores = new float[n];
        detector.Explain(rows, contributions);
        detector.Score(rows, scores, threads: 1);
        Assert.That(scores.Distinct().Count(), Is.GreaterThan(n / 2));
        for (int i = 0; i < n; i++)
        {
            double sum = detector.ExplainedFrom, size = Math.Abs(sum);
            foreach (float own in contributions.AsSpan(i * d, d)) (sum, size) = (sum + own, size + Math.Abs(own));
            Assert.That(Math.Abs(sum - scores[i]) <= 1e-5 * size, $"row {i}: {sum} for {scores[i]}");
        }
    }

    [Test]
    public void The_sum_begins_at_zero_or_at_the_score_of_medians([ValueSource(typeof(DetectorKinds), nameof(DetectorKinds.TablesOfNumbers))] string kind)
    {
        AnomalyDetector detector = DetectorKinds.Fitted(kind);
        string[] words = kind.Split(' ');
        bool isSum = words[0] is "ae" or "drae" or "rsrae" or "oneflow" or "gaussian" || kind == "maf";
        double[] medians = [.. detector.Content.Preparation.Columns.Select(column => column.Median)];
        Assert.That(detector.ExplainedFrom, Is.EqualTo(isSum ? 0 : detector.Score(medians)));
        float[] contributions = new float[Features];
        detector.Explain(medians, contributions);
        if (!isSum) Assert.That(contributions, Is.All.Zero);
    }

    // Features that follow two numbers; of a row one is moved by so many standard deviations. Terms of a flow are those of conditional
    // densities: a feature that is far out makes those that follow it unlikely too, the more the farther it is.
    [Test]
    public void A_feature_that_was_moved_contributes_most([ValueSource(typeof(DetectorKinds), nameof(DetectorKinds.TablesOfNumbers))] string kind)
    {
        AnomalyDetector detector = DetectorKinds.Fitted(kind);
        var random = new System.Random(5);
        double far = kind == "maf" ? 6 : 8;
        int first = 0, positive = 0, trials = 0;
        for (int i = 0; i < s_others.Rows; i++)
        {
            for (int feature = 0; feature < Features; feature++)
            {
                float[] row = s_others.Row(i).ToArray(), contributions = new float[Features];
                row[feature] += (float)((random.Next(2) == 0 ? -far : far) * (feature + 1));
                detector.Explain(row, contributions);
                trials++;
                if (Array.IndexOf(contributions, contributions.Max()) == feature) first++;
                if (contributions[feature] > 0) positive++;
            }
        }

        TestContext.Out.WriteLine($"{kind}: first {100.0 * first / trials:F1}%, positive {100.0 * positive / trials:F1}%");
        Assert.That(first, Is.GreaterThanOrEqualTo(0.95 * trials));
        Assert.That(positive, Is.GreaterThanOrEqualTo(0.95 * trials));
    }

    [Test]
    public void A_row_is_explained_the_same_alone_and_among_others([ValueSource(typeof(DetectorKinds), nameof(DetectorKinds.All))] string kind)
    {
        AnomalyDetector detector = DetectorKinds.Fitted(kind);
        double[] rows = DetectorKinds.RowsOf(kind);
        int d = detector.Features, n = rows.Length / d;
        float[] all = new float[rows.Length], alone = new float[d];
        detector.Explain(rows, all);
        foreach (int row in (int[])[0, 14, 15, 16, 47, 48, n - 1])
        {
            detector.Explain(rows.AsSpan(row * d, d), alone);
            Assert.That(alone, Is.EqualTo(all[(row * d)..((row + 1) * d)]), $"row {row}");
        }
    }

    [Test]
    public void Threads_that_explain_at_once_say_the_same([Values("svdd", "auto", "images svdd")] string kind)
    {
        byte[] file = DetectorKinds.Fitted(kind).Saved();
        double[] rows = DetectorKinds.RowsOf(kind);
        float[] expected = new float[rows.Length];
        DetectorKinds.Fitted(kind).Explain(rows, expected);

        // What is made for the way back when it is first asked for is asked for by all of them.
        AnomalyDetector detector = SyntheticData.Loaded(file);
        float[][] actual = [.. Enumerable.Range(0, 8).Select(_ => new float[rows.Length])];
        Parallel.For(0, actual.Length, i => detector.Explain(rows, actual[i]));
        Assert.That(actual, Is.All.EqualTo(expected));
    }

    [Test]
    public void Explaining_allocates_nothing([ValueSource(typeof(DetectorKinds), nameof(DetectorKinds.All))] string kind)
    {
        AnomalyDetector detector = DetectorKinds.Fitted(kind);
        double[] rows = DetectorKinds.RowsOf(kind);
        float[] contributions = new float[rows.Length];
        Assert.That(Allocations.Of(() => detector.Explain(rows, contributions)), Is.Zero);
        float[] own = new float[detector.Features];
        Assert.That(Allocations.Of(() => detector.Explain(rows.AsSpan(0, own.Length), own)), Is.Zero);
    }

    [Test]
    public void Of_a_row_that_is_not_all_numbers_that_is_said_and_of_others_nothing_changes(
        [ValueSource(typeof(DetectorKinds), nameof(DetectorKinds.TablesOfNumbers))] string kind, [Values(float.NaN, float.PositiveInfinity, float.NegativeInfinity)] float value)
    {
        AnomalyDetector detector = DetectorKinds.Fitted(kind);
        float[] rows = s_others.Values[..(40 * Features)], clean = new float[rows.Length], contributions = new float[rows.Length];
        detector.Explain(rows, clean);
        rows[(17 * Features) + 3] = value;
        detector.Explain(rows, contributions);
        Assert.That(detector.Score(rows.AsSpan(17 * Features, Features)), Is.EqualTo(float.MaxValue));
        float[] own = contributions[(17 * Features)..(18 * Features)];
        Assert.That(own, Has.Some.EqualTo(float.MaxValue).And.All.Matches<float>(float.IsFinite));
        if (detector.ExplainedFrom != 0)
        {
            for (int j = 0; j < Features; j++) Assert.That(own[j], Is.EqualTo(j == 3 ? float.MaxValue : 0));
        }

        clean.AsSpan(17 * Features, Features).CopyTo(contributions.AsSpan(17 * Features));
        Assert.That(contributions, Is.EqualTo(clean));
    }

    [Test]
    public void Numbers_that_are_too_far_out_to_score_leave_no_contribution_that_is_none([ValueSource(typeof(DetectorKinds), nameof(DetectorKinds.TablesOfNumbers))] string kind)
    {
        float[] row = s_others.Row(0).ToArray(), contributions = new float[Features];
        row[2] = 1e37f;
        row[6] = -1e25f;
        DetectorKinds.Fitted(kind).Explain(row, contributions);
        Assert.That(contributions, Is.All.Matches<float>(float.IsFinite));
    }

    // A column of three levels is three features to the networks, which nobody knows; its level follows the first number.
    [Test]
    public void A_level_that_does_not_fit_is_held_against_its_column([Values("svdd", "auto", "maf")] string model)
    {
        AnomalyDetector detector = DetectorKinds.Fitted($"categories {model}");
        Assert.That((detector.Features, detector.Content.Preparation.Width), Is.EqualTo((5, 7)));
        float[] fits = new float[5], does = new float[5];
        detector.Explain((ReadOnlySpan<double>)[-1.2, 0, -1.2, 0, 0], fits);
        detector.Explain((ReadOnlySpan<double>)[-1.2, 2, -1.2, 0, 0], does);
        Assert.That(does[1], Is.GreaterThan(fits[1]));
    }
}
