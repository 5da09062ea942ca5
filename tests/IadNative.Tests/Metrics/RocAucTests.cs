using IadNative.Metrics;

namespace IadNative.Tests.Metrics;

public sealed class RocAucTests
{
    [Test]
    public void The_area_is_the_share_of_pairs_in_the_right_order(
        [Values("distinct", "few", "equal", "ascending", "descending", "extremes")] string kind,
        [Values(2, 3, 17, 128, 501)] int n,
        [Values(0.02, 0.3, 0.9)] double share)
    {
        float[] scores = RankingTests.Scores(kind, n);
        System.Random random = new(n);
        bool[] isAnomaly = [.. scores.Select(_ => random.NextDouble() < share)];
        isAnomaly[0] = true;
        isAnomaly[^1] = false;

        // Twice the pairs won, a tie being half a pair: an integer.
        long won = 0;
        long pairs = 0;
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                if (isAnomaly[i] && !isAnomaly[j])
                {
                    won += scores[i] > scores[j] ? 2 : scores[i] == scores[j] ? 1 : 0;
                    pairs++;
                }
            }
        }

        double expected = won / (2.0 * pairs);
        int[] order = RankingTests.Order(scores);
        Assert.Multiple(() =>
        {
            Assert.That(RocAuc.Compute(scores, isAnomaly), Is.EqualTo(expected));
            Assert.That(RocAuc.Compute(scores, isAnomaly, order), Is.EqualTo(expected));
            Assert.That(RocAuc.TryCompute(scores, isAnomaly, order, out double auc), Is.True);
            Assert.That(auc, Is.EqualTo(expected));
        });
    }

    [Test]
    public void Known_areas_are_met()
    {
        Assert.Multiple(() =>
        {
            Assert.That(RocAuc.Compute([1f, 2f, 3f], [false, false, true]), Is.EqualTo(1.0));
            Assert.That(RocAuc.Compute([1f, 2f, 3f], [true, false, false]), Is.EqualTo(0.0));
            Assert.That(RocAuc.Compute([0f, -0f], [true, false]), Is.EqualTo(0.5));
            Assert.That(RocAuc.Compute([0.1f, 0.4f, 0.35f, 0.8f], [false, false, true, true]), Is.EqualTo(0.75));
        });
    }

    [Test]
    public void Two_hundred_thousand_tied_samples_do_not_overflow()
    {
        bool[] isAnomaly = new bool[200_000];
        isAnomaly.AsSpan(100_000).Fill(true);
        Assert.That(RocAuc.Compute(new float[200_000], isAnomaly), Is.EqualTo(0.5));
    }

    [Test]
    public void An_absent_class_has_no_area()
    {
        foreach (bool[] labels in new bool[][] { [], [true], [false], [true, true], [false, false] })
        {
            float[] scores = new float[labels.Length];
            Assert.That(RocAuc.TryCompute(scores, labels, out double auc), Is.False);
            Assert.That(auc, Is.NaN);
            Assert.That(() => RocAuc.Compute(scores, labels), Throws.ArgumentException.With.Message.Contains("at least one"));
            Assert.That(() => RocAuc.Compute(scores, labels, RankingTests.Order(scores)), Throws.ArgumentException);
        }
    }

    [Test]
    public void Arguments_that_make_no_sense_are_refused()
    {
        Assert.Multiple(() =>
        {
            Assert.That(() => RocAuc.Compute([1f, 2f], [true]), Throws.ArgumentException);
            Assert.That(() => RocAuc.Compute([1f, float.NaN], [true, false]), Throws.ArgumentException);
            Assert.That(() => RocAuc.Compute([1f, float.NaN], [true, false], [0, 1]), Throws.ArgumentException);
            Assert.That(() => RocAuc.Compute([1f, 2f], [true, false], [1, 0]), Throws.ArgumentException);
            Assert.That(() => RocAuc.Compute([1f, 2f], [true, false], [0]), Throws.ArgumentException);
        });
    }
}
