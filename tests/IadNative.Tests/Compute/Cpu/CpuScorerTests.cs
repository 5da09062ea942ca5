using IadNative.Compute.Cpu;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Networks;
using IadNative.Probe;
using IadNative.Tests.Compute.Twin;

namespace IadNative.Tests.Compute.Cpu;

[TestFixture(typeof(Lanes1))]
[TestFixture(typeof(Lanes128))]
[TestFixture(typeof(Lanes256))]
[TestFixture(typeof(Lanes512))]
internal sealed class CpuScorerTests<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    private static IEnumerable<Problem> Problems => [.. Problem.OfEachKind(samples: 130), .. Problem.OfLargeImages(samples: 130)];

    [TestCaseSource(nameof(Problems))]
    public void A_row_scores_the_same_bits_alone_and_anywhere_in_any_batch(Problem problem)
    {
        (CpuScorer<TLanes> scorer, FoldedNetwork network, float[] data) = Setup(problem);
        int features = problem.Plan.Features;
        float[] alone = new float[130];
        for (int row = 0; row < 130; row++)
            scorer.Score(network, data.AsSpan(row * features, features), alone.AsSpan(row, 1));
        Assert.That(alone.Distinct().Count(), Is.EqualTo(130));
        Assert.That(alone, Has.None.Zero.And.None.NaN);
        for (int length = 2; length <= 130; length++)
        {
            foreach (int start in new[] { 0, (130 - length) / 3, 130 - length })
            {
                float[] scores = new float[length];
                scorer.Score(network, data.AsSpan(start * features, length * features), scores);
                Assert.That(scores, Is.EqualTo(alone[start..(start + length)]), $"{length} rows from {start}");
            }
        }
    }

    [TestCaseSource(nameof(Problems))]
    public void A_row_that_is_not_finite_spoils_no_other(Problem problem)
    {
        (CpuScorer<TLanes> scorer, FoldedNetwork network, float[] data) = Setup(problem);
        int features = problem.Plan.Features;
        float[] clean = new float[130], spoiled = new float[130];
        scorer.Score(network, data, clean);
        for (int feature = 0; feature < features; feature++)
        {
            float[] damaged = [.. data];
            damaged[(17 * features) + feature] = float.NaN;
            scorer.Score(network, damaged, spoiled);
            Assert.That(spoiled[17], Is.NaN, $"feature {feature}");
            spoiled[17] = clean[17];
            Assert.That(spoiled, Is.EqualTo(clean));
        }
    }

    [Test]
    public void The_shares_of_a_row_are_the_same_bits_alone_and_among_many()
    {
        // More rows than pass through the network together.
        int rows = (2 * CpuScorer.BlockRows) + 3;
        var problem = new Problem(new NetworkSpec(7, 3), 5, rows, ModelKind.Reconstruction);
        (CpuScorer<TLanes> scorer, FoldedNetwork network, float[] data) = Setup(problem);
        float[] all = new float[rows * 5], alone = new float[rows * 5];
        scorer.Contributions(network, data, all);
        for (int row = 0; row < rows; row++) scorer.Contributions(network, data.AsSpan(row * 5, 5), alone.AsSpan(row * 5, 5));
        Assert.That(all, Is.EqualTo(alone));
        Assert.That(all, Is.All.GreaterThanOrEqualTo(0f).And.Some.GreaterThan(0f));
    }

    [TestCaseSource(nameof(Problems))]
    public void Scoring_allocates_nothing(Problem problem)
    {
        (CpuScorer<TLanes> scorer, FoldedNetwork network, float[] data) = Setup(problem);
        float[] scores = new float[130];
        Assert.That(Allocations.Of(() => scorer.Score(network, data, scores)), Is.Zero);
    }

    private static (CpuScorer<TLanes> Scorer, FoldedNetwork Network, float[] Data) Setup(Problem problem)
    {
        var scorer = new CpuScorer<TLanes>(problem.Plan);
        FoldedNetwork network = scorer.CreateNetwork(problem.Spec.Scaler);
        network.Fold(problem.States[0].Parameters, problem.States[0].Statistics, problem.States[0].State);
        return (scorer, network, problem.Spec.Data.Array!);
    }
}
