using IadNative.Compute;
using IadNative.Compute.Cpu;
using IadNative.Detectors;
using IadNative.Networks;
using IadNative.Probe;

namespace IadNative.Tests.Detectors;

internal sealed class RowSharesTests
{
    [Test]
    public void Shares_are_whole_grains_as_equal_as_can_be_and_leave_out_no_row(
        [Values(1, 16, 48)] int grain, [Values(1, 2, 3, 8)] int threads)
    {
        var shares = new RowShares(grain, rowsPerThread: 1);
        for (int rows = 1; rows <= 500; rows++)
        {
            int parts = shares.Parts(rows, threads), grains = (rows + grain - 1) / grain, next = 0;
            Assert.That(parts, Is.EqualTo(Math.Min(threads, grains)));
            for (int part = 0; part < parts; part++)
            {
                (int start, int count) = shares.Share(rows, part, parts);
                Assert.That((start, start % grain), Is.EqualTo((next, 0)));
                Assert.That((count + grain - 1) / grain, Is.InRange(grains / parts, (grains + parts - 1) / parts));
                next += count;
            }

            Assert.That(next, Is.EqualTo(rows));
        }
    }

    [Test]
    public void A_thread_gets_the_rows_that_are_worth_it()
    {
        var shares = new RowShares(grain: 48, rowsPerThread: 1_000);
        Assert.That(new[] { 0, 1, 1_999, 2_000, 9_999 }.Select(rows => shares.Parts(rows, 8)), Is.EqualTo(new[] { 1, 1, 1, 2, 8 }));
        Assert.That(shares.Parts(1_000_000, 0), Is.EqualTo(Math.Min(1_000, Environment.ProcessorCount)));
    }

    [Test]
    public void Images_of_one_vector_stay_together()
    {
        Plan plan = ModelPlans.Build(NetworkSpec.LeNetMnist, 784, ModelKind.OneClass);
        CpuScorer scorer = CpuScorer.Create(plan);
        Assert.That(CpuScorer.BlockRows % scorer.GrainRows, Is.Zero);
        var shares = new RowShares(scorer.GrainRows, rowsPerThread: 1);
        Assert.That(shares.Parts(scorer.GrainRows, threads: 2), Is.EqualTo(1));
        Assert.That(shares.Share(scorer.GrainRows + 1, 0, 2), Is.EqualTo((0, scorer.GrainRows)));
        Plan dense = ModelPlans.Build(new NetworkSpec(32, 8), 36, ModelKind.OneClass);
        Assert.That(CpuScorer.Create(dense).GrainRows, Is.EqualTo(CpuScorer.BlockRows));
    }
}
