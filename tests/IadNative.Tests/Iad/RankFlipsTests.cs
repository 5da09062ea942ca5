using IadNative.Iad;

namespace IadNative.Tests.Iad;

public sealed class RankFlipsTests
{
    // n = 5, the middle rank is 3: sample 0 goes from 1 to 5 and sample 4 from 5 to 1; sample 2 stays in the middle.
    [TestCase(new[] { 1, 2, 3, 4, 5 }, new[] { 5, 2, 3, 4, 1 }, 2)]
    // From or to the middle rank itself is no flip, in either direction.
    [TestCase(new[] { 1, 2, 3, 4, 5 }, new[] { 3, 2, 1, 4, 5 }, 0)]
    [TestCase(new[] { 1, 2, 3, 4, 5 }, new[] { 1, 2, 5, 4, 3 }, 0)]
    // n = 4, the middle rank is 2: below it is only rank 1.
    [TestCase(new[] { 1, 2, 3, 4 }, new[] { 2, 1, 3, 4 }, 0)]
    [TestCase(new[] { 1, 2, 3, 4 }, new[] { 1, 3, 2, 4 }, 0)]
    [TestCase(new[] { 1, 2, 3, 4 }, new[] { 3, 2, 1, 4 }, 2)]
    [TestCase(new[] { 1, 2 }, new[] { 2, 1 }, 0)]
    [TestCase(new[] { 1 }, new[] { 1 }, 0)]
    [TestCase(new int[0], new int[0], 0)]
    public void Flips_cross_the_middle_rank_strictly(int[] previous, int[] current, int expected) =>
        Assert.That(RankFlips.Count(previous, current), Is.EqualTo(expected));

    [Test]
    public void Flips_of_random_ranks_match_the_equation_as_printed([Range(1, 24)] int n, [Values(1, 2, 3)] int seed)
    {
        var random = new System.Random(seed);
        int[] previous = [.. Enumerable.Range(1, n)], current = [.. Enumerable.Range(1, n)];
        random.Shuffle(previous);
        random.Shuffle(current);
        double middle = Math.Ceiling(n / 2.0);
        int expected = Enumerable.Range(0, n).Count(i =>
            (current[i] < middle && previous[i] > middle) || (current[i] > middle && previous[i] < middle));

        Assert.That(RankFlips.Count(previous, current), Is.EqualTo(expected));
        Assert.That(RankFlips.Count(current, previous), Is.EqualTo(expected), "the same in the other direction of time");
        Assert.That(RankFlips.Count(current, current), Is.Zero);
    }

    [Test]
    public void Ranks_of_different_lengths_are_refused() =>
        Assert.That(() => RankFlips.Count([1, 2], [1, 2, 3]), Throws.ArgumentException);
}
