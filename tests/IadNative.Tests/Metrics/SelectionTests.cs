using IadNative.Metrics;

namespace IadNative.Tests.Metrics;

public sealed class SelectionTests
{
    private static readonly Func<System.Random, int, float[]>[] s_inputs =
    [
        (random, n) => [.. Enumerable.Range(0, n).Select(_ => random.NextSingle() - 0.5f)],
        (random, n) => [.. Enumerable.Range(0, n).Select(_ => (float)random.Next(3))],
        (_, n) => [.. Enumerable.Range(0, n).Select(i => (float)i)],
        (_, n) => [.. Enumerable.Range(0, n).Select(i => -(float)i)],
        (_, n) => [.. Enumerable.Range(0, n).Select(_ => 2f)],
        (_, n) => [.. Enumerable.Range(0, n).Select(i => (float)Math.Min(i, n - i))],
        (random, n) => [.. Enumerable.Range(0, n).Select(i => random.Next(5) switch { 0 => float.MaxValue, 1 => -0f, 2 => 0f, 3 => 1e-45f, _ => -i })],
    ];

    [Test]
    public void The_value_of_every_rank_is_that_of_a_sort([Values(1, 2, 3, 23, 24, 25, 31, 127, 257)] int n)
    {
        var random = new System.Random(n);
        foreach (float[] values in s_inputs.Select(input => input(random, n)))
        {
            float[] sorted = [.. values.Order()];
            for (int k = 0; k < n; k++)
            {
                float[] moved = [.. values];
                Assert.That(Selection.Nth(moved, k), Is.EqualTo(sorted[k]), $"rank {k} of {n}");
                Assert.That(moved[..k], Has.All.LessThanOrEqualTo(sorted[k]));
                Assert.That(moved[k..], Has.All.GreaterThanOrEqualTo(sorted[k]));
                Assert.That(moved.Order(), Is.EqualTo(sorted), "nothing is lost");
            }
        }
    }

    [Test]
    public void Many_values_have_the_quartiles_of_a_sort()
    {
        var random = new System.Random(3);
        foreach (float[] values in s_inputs.Select(input => input(random, 20_011)))
        {
            float[] sorted = [.. values.Order()];
            foreach (double q in new[] { 0, 0.25, 0.5, 0.75, 1 })
            {
                double position = q * (values.Length - 1);
                (float below, float above) = Selection.Around(values, position);
                Assert.That(below, Is.EqualTo(sorted[(int)position]));
                Assert.That(above, Is.EqualTo(sorted[Math.Min((int)position + 1, values.Length - 1)]));
            }
        }
    }

    [Test]
    public void A_rank_that_there_is_not_is_refused()
    {
        Assert.That(() => Selection.Nth([1, 2], 2), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => Selection.Nth([1, 2], -1), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => Selection.Nth([], 0), Throws.TypeOf<ArgumentOutOfRangeException>());
    }
}
