using IadNative.Compute.Cpu.Kernels;

namespace IadNative.Tests.Compute.Cpu.Kernels;

public sealed unsafe class BatchSplitTests
{
    [Test]
    public void The_example_with_five_errors_is_split_behind_the_third()
    {
        BatchSplit split = Of([10, 1, 12, 3, 2]);
        Assert.That(split.Normal, Is.EqualTo(3));
        Assert.That(split.Scatter, Is.EqualTo(101.2).Within(1e-12));
        Assert.That(split.Within, Is.EqualTo(0.0395257).Within(5e-8));
        Assert.That(split.NormalMean, Is.EqualTo(2).Within(1e-15));
        Assert.That(split.OtherMean, Is.EqualTo(11).Within(1e-15));
    }

    [Test]
    public void Of_equal_cuts_the_first_is_taken() => Assert.That(Of([0, 1, 2]).Normal, Is.EqualTo(1));

    [TestCase(new float[] { 5 })]
    [TestCase(new float[] { 5, 5, 5, 5 })]
    [TestCase(new float[] { 0, 0 })]
    [TestCase(new float[] { 0, 1e-20f })]
    public void Errors_that_do_not_differ_are_all_normal(float[] errors)
    {
        BatchSplit split = Of(errors);
        Assert.That(split.Normal, Is.EqualTo(errors.Length));
        Assert.That(split.Scatter, Is.Zero);
    }

    [Test]
    public void Samples_without_weight_make_no_class()
    {
        Assert.That(Of([1, 2, 100], [1, 1, 0]).Normal, Is.EqualTo(1));
        Assert.That(Of([1, 2, 100], [0, 0, 0]).Normal, Is.EqualTo(3));
        Assert.That(Of([1, 2, 100], [0, 1, 0]).Scatter, Is.Zero);
    }

    [Test]
    public void A_score_that_is_not_finite_has_no_rank([Values(float.NaN, float.PositiveInfinity)] float bad)
    {
        float[] scores = [1, bad, 2];
        fixed (float* pointer = scores) Assert.That(new RankedScores(3).TrySort(pointer, 3), Is.False);
    }

    private static BatchSplit Of(float[] errors, float[]? weights = null)
    {
        var order = new RankedScores(errors.Length);
        fixed (float* pointer = errors) Assert.That(order.TrySort(pointer, errors.Length));
        return BatchSplit.Of(order, weights ?? [.. errors.Select(_ => 1f)], unit: 1);
    }
}
