using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Cpu.Stacked;

namespace IadNative.Tests.Compute.Cpu;

[TestFixture(typeof(Lanes1))]
[TestFixture(typeof(Lanes128))]
[TestFixture(typeof(Lanes256))]
[TestFixture(typeof(Lanes512))]
internal sealed class MemberSumTests<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    [Test]
    public void The_sum_is_that_of_the_formula_in_float64([Range(1, 67, 3)] int members)
    {
        var random = new System.Random(members);
        MemberTerm[] terms = [.. Enumerable.Range(0, members).Select(m => new MemberTerm(
            m % 3 != 0, (8 * random.NextDouble()) - 4, m % 7 == 5 ? 0 : 0.3 + random.NextDouble(), m % 11 == 4 ? 0 : 1.0 / members))];
        const int rows = 9;
        var sum = new MemberSum<TLanes>(terms);
        int stride = sum.Stride;
        float[] scores = [.. Enumerable.Range(0, rows * stride).Select(_ => (float)Math.Exp((12 * random.NextDouble()) - 6))];
        float[] special = [0, -1, 1e-30f, 1e-12f, float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.MaxValue];
        for (int i = 0; i < special.Length; i++) scores[((i + 1) * stride) + (i % members)] = special[i];
        float[] sums = new float[rows];
        sum.Of(scores, sums);
        for (int row = 0; row < rows; row++)
        {
            double exact = 0;
            for (int m = 0; m < members; m++) exact += terms[m].Share * Standing(terms[m], scores[(row * stride) + m]);

            // Of numbers up to 16, standardised by a width of 0.3 at least, and summed with shares of 1 altogether.
            Assert.That(Math.Abs(sums[row] - exact), Is.LessThanOrEqualTo(16 / 0.3 * 4 * Math.Pow(2, -24)), $"row {row}");
        }
    }

    [Test]
    public void Rows_are_summed_the_same_alone()
    {
        var random = new System.Random(5);
        MemberTerm[] terms = [.. Enumerable.Range(0, 33).Select(m => new MemberTerm(m % 2 == 0, random.NextDouble(), 1, 1.0 / 33))];
        var sum = new MemberSum<TLanes>(terms);
        float[] scores = [.. Enumerable.Range(0, 7 * sum.Stride).Select(_ => 5 * random.NextSingle())];
        float[] all = new float[7], one = new float[1];
        sum.Of(scores, all);
        Assert.That(all.Distinct().Count(), Is.EqualTo(7));
        for (int row = 0; row < 7; row++)
        {
            sum.Of(scores.AsSpan(row * sum.Stride), one);
            Assert.That(one[0], Is.EqualTo(all[row]));
        }
    }

    private static double Standing(MemberTerm term, float score)
    {
        if (term.Width == 0) return 0;
        if (!float.IsFinite(score)) return 3;
        double l = term.IsSquare ? Math.Log(Math.Max(score, 1e-12)) : score;
        return Math.Clamp((l - term.Median) / term.Width, -0.5, 3);
    }
}
