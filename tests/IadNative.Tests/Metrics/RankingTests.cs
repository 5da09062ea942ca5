using IadNative.Metrics;

namespace IadNative.Tests.Metrics;

public sealed class RankingTests
{
    private static readonly float[] s_extremes =
    [
        0f, -0f, float.Epsilon, -float.Epsilon, 1e-38f, -1e-38f, 1f, -1f, MathF.BitIncrement(1f), 1e30f, -1e30f,
        float.MaxValue, float.MinValue, float.PositiveInfinity, float.NegativeInfinity,
    ];

    /// <summary>Scores by kind: distinct, few distinct, all equal, ascending, descending, extremes.</summary>
    internal static float[] Scores(string kind, int n)
    {
        System.Random random = new(n);
        return [.. Enumerable.Range(0, n).Select(i => kind switch
        {
            "distinct" => (float)(random.NextDouble() * 2 - 1),
            "few" => random.Next(3) - 1f,
            "equal" => 7f,
            "ascending" => i,
            "descending" => -i,
            "extremes" => s_extremes[random.Next(s_extremes.Length)],
            _ => throw new ArgumentException(kind),
        })];
    }

    [Test]
    public void Order_ranks_and_distinct_scores_match_a_stable_sort(
        [Values("distinct", "few", "equal", "ascending", "descending", "extremes")] string kind,
        [Values(0, 1, 2, 3, 15, 16, 17, 31, 257, 5000)] int n)
    {
        float[] scores = Scores(kind, n);
        int[] expected = [.. Enumerable.Range(0, n).OrderBy(i => scores[i] == 0 ? 0 : scores[i])];

        int[] order = Order(scores);
        int[] ranks = new int[n];
        Ranking.Ranks(order, ranks);

        Assert.That(order, Is.EqualTo(expected));
        Assert.That(ranks, Is.EqualTo(Enumerable.Range(0, n).Select(i => Array.IndexOf(expected, i) + 1)));
        Assert.That(Ranking.DistinctScores(scores, order),
            Is.EqualTo(scores.Select(s => s == 0 ? 0 : s).Distinct().Count()));
    }

    [Test]
    public void Negative_zero_equals_positive_zero() =>
        Assert.That(Order([0f, -0f, 0f, -0f, -1f]), Is.EqualTo(new[] { 4, 0, 1, 2, 3 }));

    [Test]
    public void Sorting_again_allocates_nothing()
    {
        float[] scores = Scores("distinct", 1000);
        int[] order = new int[1000];
        Ranking.Order(scores, order);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Ranking.Order(scores, order);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    [Test]
    public void Arguments_that_make_no_sense_are_refused()
    {
        Assert.Multiple(() =>
        {
            Assert.That(() => Order([1f, float.NaN]), Throws.ArgumentException.With.Message.Contains("Score 1 is NaN"));
            Assert.That(() => Order([-float.NaN]), Throws.ArgumentException);
            Assert.That(() => Ranking.Order([1f], new int[2]), Throws.ArgumentException);
            Assert.That(() => Ranking.Ranks([0, 1], new int[3]), Throws.ArgumentException);
            Assert.That(() => Ranking.Ranks([0, 0], new int[2]), Throws.ArgumentException);
            Assert.That(() => Ranking.Ranks([0, 2], new int[2]), Throws.ArgumentException);
            Assert.That(() => Ranking.Ranks([0, -1], new int[2]), Throws.ArgumentException);
            Assert.That(() => Ranking.DistinctScores([1f, 2f], [0]), Throws.ArgumentException);
            Assert.That(() => Ranking.DistinctScores([1f, 2f], [1, 0]), Throws.ArgumentException);
            Assert.That(() => Ranking.DistinctScores([1f, 1f], [1, 0]), Throws.ArgumentException);
            Assert.That(() => Ranking.DistinctScores([1f, 1f], [0, 0]), Throws.ArgumentException);
            Assert.That(() => Ranking.DistinctScores([1f, 2f], [0, 2]), Throws.ArgumentException);
            Assert.That(() => Ranking.DistinctScores([1f, 2f], [-1, 1]), Throws.ArgumentException);
            Assert.That(() => Ranking.DistinctScores([float.NaN], [0]), Throws.ArgumentException);
            Assert.That(() => Ranking.DistinctScores([1f, float.NaN], [0, 1]), Throws.ArgumentException);
        });
    }

    internal static int[] Order(float[] scores)
    {
        int[] order = new int[scores.Length];
        Ranking.Order(scores, order);
        return order;
    }
}
