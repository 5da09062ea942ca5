using IadNative.Compute;
using IadNative.Compute.Cpu;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Networks;
using IadNative.Tests.Compute.Twin;

namespace IadNative.Tests.Compute.Cpu;

[TestFixture(typeof(Lanes1))]
[TestFixture(typeof(Lanes128))]
[TestFixture(typeof(Lanes256))]
[TestFixture(typeof(Lanes512))]
internal sealed class CpuScorerTests<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    private const int Features = 5;

    [Test]
    public void A_row_scores_the_same_bits_alone_and_anywhere_in_any_batch([Values] LossKind loss)
    {
        (CpuScorer<TLanes> scorer, FoldedNetwork network, float[] data) = Setup(loss, 130);
        var alone = new float[130];
        for (int row = 0; row < 130; row++)
            scorer.Score(network, data.AsSpan(row * Features, Features), alone.AsSpan(row, 1));
        Assert.That(alone.Distinct().Count(), Is.EqualTo(130));
        Assert.That(alone, Is.All.GreaterThan(0f));
        for (int length = 2; length <= 130; length++)
        {
            foreach (int start in new[] { 0, (130 - length) / 3, 130 - length })
            {
                var scores = new float[length];
                scorer.Score(network, data.AsSpan(start * Features, length * Features), scores);
                Assert.That(scores, Is.EqualTo(alone[start..(start + length)]), $"{length} rows from {start}");
            }
        }
    }

    [Test]
    public void A_row_that_is_not_finite_spoils_no_other([Values] LossKind loss)
    {
        (CpuScorer<TLanes> scorer, FoldedNetwork network, float[] data) = Setup(loss, 40);
        float[] clean = new float[40], spoiled = new float[40];
        scorer.Score(network, data, clean);
        data[17 * Features] = float.NaN;
        scorer.Score(network, data, spoiled);
        Assert.That(spoiled[17], Is.NaN);
        spoiled[17] = clean[17];
        Assert.That(spoiled, Is.EqualTo(clean));
    }

    [Test]
    public void Scoring_allocates_nothing()
    {
        (CpuScorer<TLanes> scorer, FoldedNetwork network, float[] data) = Setup(LossKind.Reconstruction, 130);
        var scores = new float[130];
        Assert.That(Allocations.Of(() => scorer.Score(network, data, scores)), Is.Zero);
    }

    private static (CpuScorer<TLanes> Scorer, FoldedNetwork Network, float[] Data) Setup(LossKind loss, int rows)
    {
        var problem = new Problem(new NetworkSpec(17, 7, 3) { Affine = true, Bias = true }, Features, rows, loss);
        var network = new FoldedNetwork(problem.Plan, problem.Spec.Scaler);
        network.Fold(problem.States[0].Parameters, problem.States[0].Statistics, problem.States[0].Center);
        return (new CpuScorer<TLanes>(problem.Plan), network, problem.Spec.Data);
    }
}
