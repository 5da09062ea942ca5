using IadNative.Compute.Cpu.Kernels;

namespace IadNative.Tests.Compute.Cpu.Kernels;

/// <summary>The order of a batch's scores, compared with a stable sort.</summary>
internal sealed unsafe class RankedScoresTests
{
    [Test]
    public void Scores_are_in_order_and_equal_ones_in_that_of_the_batch(
        [Values(0, 1, 2, 3, 31, 255, 256, 257, 1000, 5000)] int samples,
        [Values("random", "ascending", "descending", "equal", "few", "zeros", "tiny and huge")] string pattern)
    {
        var random = new System.Random(samples);
        float[] scores = [.. Enumerable.Range(0, samples).Select(s => pattern switch
        {
            "random" => random.NextSingle(),
            "ascending" => s,
            "descending" => samples - s,
            "equal" => 3,
            "few" => random.Next(3),
            "zeros" => random.Next(2) == 0 ? 0f : -0f,
            _ => BitConverter.UInt32BitsToSingle((uint)random.Next(0x7f800000)),
        })];
        var ranked = new RankedScores(samples + 5);
        Assert.That(Sort(ranked, new float[samples + 5]), Is.True, "a batch before");
        Assert.That(Sort(ranked, scores), Is.True);
        int[] expected = [.. Enumerable.Range(0, samples).OrderBy(s => MathF.Abs(scores[s]))];
        Assert.That(ranked.Count, Is.EqualTo(samples));
        Assert.That(Enumerable.Range(0, samples).Select(ranked.Sample), Is.EqualTo(expected));
        Assert.That(Enumerable.Range(0, samples).Select(ranked.Score), Is.EqualTo(expected.Select(s => scores[s])));
    }

    [Test]
    public void Scores_that_are_not_finite_have_no_order_and_leave_nothing_behind(
        [Values(float.NaN, float.PositiveInfinity, float.NegativeInfinity)] float value, [Values(0, 2)] int place)
    {
        var ranked = new RankedScores(3);
        float[] scores = [5, 4, 3];
        scores[place] = value;
        Assert.That(Sort(ranked, scores), Is.False);
        Assert.That(Sort(ranked, [7, 1, 2]), Is.True);
        Assert.That(Enumerable.Range(0, 3).Select(ranked.Sample), Is.EqualTo(new[] { 1, 2, 0 }));
    }

    private static bool Sort(RankedScores ranked, float[] scores)
    {
        fixed (float* pointer = scores) return ranked.TrySort(pointer, scores.Length);
    }
}
