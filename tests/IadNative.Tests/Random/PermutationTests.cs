using IadNative.Random;

namespace IadNative.Tests.Random;

public sealed class PermutationTests
{
    [TestCase(0)]
    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    [TestCase(257)]
    [TestCase(2047)]
    [TestCase(2048)]
    [TestCase(2049)]
    [TestCase(200_007)]
    public void A_permutation_is_the_stable_sort_of_draws_and_indices(int length)
    {
        // With 200,007 draws of 32 bits about five pairs are equal, so that stability shows.
        var permutation = new Permutation(length);
        foreach (int epoch in new[] { 0, 1 })
        {
            var sequence = new RandomSequence(9, RandomPurpose.Shuffle, member: 0, epoch: epoch);
            uint[] draws = new uint[length];
            sequence.Fill(draws);
            int[] expected = [.. Enumerable.Range(0, length).OrderBy(i => draws[i])];
            Assert.That(permutation.Draw(sequence).SequenceEqual(expected), $"epoch {epoch}");
            if (length > 100_000) Assert.That(draws.Distinct().Count(), Is.LessThan(length));
        }
    }

    [Test]
    public void Drawing_allocates_nothing()
    {
        var permutation = new Permutation(1000);
        Assert.That(Allocations.Of(() => permutation.Draw(new RandomSequence(1, RandomPurpose.Shuffle, 0))), Is.Zero);
    }
}
