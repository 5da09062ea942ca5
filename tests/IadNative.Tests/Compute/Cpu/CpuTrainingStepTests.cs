using IadNative.Compute;
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
internal sealed class CpuTrainingStepTests<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    private static IEnumerable<Problem> Problems => [.. Problem.OfEachKind(samples: 77), .. Problem.OfLargeImages(samples: 77)];

    // More than one chunk of an affine layer, of a masked layer's runs, and of blocks of samples.
    private static IEnumerable<Problem> WideProblems =>
    [
        .. Problems, new Problem(new NetworkSpec(19), 150, 77, ModelKind.NegativeLogLikelihood),
        new Problem(new NetworkSpec(23, 9) { BatchNorm = false }, 131, 70, ModelKind.NegativeLogLikelihood),
    ];

    [Test]
    public void A_step_allocates_nothing([ValueSource(nameof(Problems))] Problem problem, [Values(1, 2)] int threads)
    {
        using var team = new ThreadTeam(threads, smallestShare: 1);
        (CpuTrainingStep<TLanes> step, CpuReplica replica) = Setup(problem, 77, team);
        int[] rows = problem.AllRows;
        Assert.That(Allocations.Of(() => step.Run(replica, rows, ModelPlans.RadiusFrom)), Is.Zero);
    }

    [TestCaseSource(nameof(Problems))]
    public void What_a_larger_batch_left_behind_does_not_reach_a_smaller_one(Problem problem)
    {
        (CpuTrainingStep<TLanes> used, CpuReplica first) = Setup(problem, 77);
        used.Run(first, problem.AllRows, epoch: 0);
        first.Import(problem.States[0]);
        (CpuTrainingStep<TLanes> fresh, CpuReplica second) = Setup(problem, 77);
        for (int samples = 33; samples >= 2; samples--)
        {
            ReadOnlySpan<int> rows = problem.AllRows.AsSpan(0, samples);
            Assert.That(used.Run(first, rows, ModelPlans.RadiusFrom), Is.EqualTo(fresh.Run(second, rows, ModelPlans.RadiusFrom)).And.Not.NaN);
            Assert.That(first.Gradient.Span.ToArray(), Is.EqualTo(second.Gradient.Span.ToArray()));
            (fresh, _) = Setup(problem, 77);
        }
    }

    [TestCaseSource(nameof(WideProblems))]
    public void A_team_computes_the_bits_of_one_thread(Problem problem)
    {
        using var alone = new ThreadTeam(1);
        (CpuTrainingStep<TLanes> step, CpuReplica expected) = Setup(problem, problem.Samples, alone);
        double[] losses = Losses(step, expected);
        foreach (int threads in new[] { 2, 3, 7 })
        {
            using var team = new ThreadTeam(threads, smallestShare: 1);
            (CpuTrainingStep<TLanes> shared, CpuReplica actual) = Setup(problem, problem.Samples, team);
            Assert.That(Losses(shared, actual), Is.EqualTo(losses).And.None.NaN, $"losses of {threads} threads");
            Assert.That(actual.Parameters.Span.ToArray(), Is.EqualTo(expected.Parameters.Span.ToArray()), $"{threads} threads");
            Assert.That(actual.Statistics.Span.ToArray(), Is.EqualTo(expected.Statistics.Span.ToArray()), $"{threads} threads");
            Assert.That(actual.State.Span.ToArray(), Is.EqualTo(expected.State.Span.ToArray()), $"{threads} threads");
        }

        double[] Losses(CpuTrainingStep<TLanes> training, CpuReplica replica) =>
            [.. Enumerable.Range(0, 4).Select(_ => training.Run(replica, problem.AllRows, ModelPlans.RadiusFrom))];
    }

    private static (CpuTrainingStep<TLanes> Step, CpuReplica Replica) Setup(
        Problem problem, int largestBatch, ThreadTeam? team = null)
    {
        ReplicaSpec spec = problem.Spec.Replicas[0];
        var replica = new CpuReplica(problem.Plan, spec, problem.Spec.ViewOf(spec), [.. problem.Weights[0]], TLanes.Count);
        replica.Import(problem.States[0]);
        return (new CpuTrainingStep<TLanes>(problem.Plan, problem.Spec, largestBatch, team ?? new ThreadTeam(1)), replica);
    }
}
