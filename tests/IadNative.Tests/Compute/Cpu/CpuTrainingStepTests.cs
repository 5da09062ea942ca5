using IadNative.Compute.Cpu;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Tests.Compute.Twin;

namespace IadNative.Tests.Compute.Cpu;

[TestFixture(typeof(Lanes1))]
[TestFixture(typeof(Lanes128))]
[TestFixture(typeof(Lanes256))]
[TestFixture(typeof(Lanes512))]
internal sealed class CpuTrainingStepTests<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    private static IEnumerable<Problem> Problems => Problem.OfEachKind(samples: 77);

    [TestCaseSource(nameof(Problems))]
    public void A_step_allocates_nothing(Problem problem)
    {
        (CpuTrainingStep<TLanes> step, CpuReplica replica) = Setup(problem, 77);
        int[] rows = problem.AllRows;
        Assert.That(Allocations.Of(() => step.Run(replica, rows, updateRadius: true)), Is.Zero);
    }

    [TestCaseSource(nameof(Problems))]
    public void What_a_larger_batch_left_behind_does_not_reach_a_smaller_one(Problem problem)
    {
        (CpuTrainingStep<TLanes> used, CpuReplica first) = Setup(problem, 77);
        used.Run(first, problem.AllRows, updateRadius: false);
        first.Import(problem.States[0]);
        (CpuTrainingStep<TLanes> fresh, CpuReplica second) = Setup(problem, 77);
        for (int samples = 33; samples >= 2; samples--)
        {
            ReadOnlySpan<int> rows = problem.AllRows.AsSpan(0, samples);
            Assert.That(used.Run(first, rows, true), Is.EqualTo(fresh.Run(second, rows, true)).And.Not.NaN);
            Assert.That(first.Gradient.Span.ToArray(), Is.EqualTo(second.Gradient.Span.ToArray()));
            (fresh, _) = Setup(problem, 77);
        }
    }

    private static (CpuTrainingStep<TLanes> Step, CpuReplica Replica) Setup(Problem problem, int largestBatch)
    {
        var replica = new CpuReplica(problem.Plan, problem.Spec.Replicas[0], problem.Samples, TLanes.Count);
        replica.Import(problem.States[0]);
        problem.Weights[0].CopyTo(replica.ImportanceWeights, 0);
        return (new CpuTrainingStep<TLanes>(problem.Plan, problem.Spec, largestBatch), replica);
    }
}
