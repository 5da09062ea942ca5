using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Cpu.Training;

namespace IadNative.Compute.Cpu;

/// <summary>
/// The training step of a plan, compiled: all memory of one batch, and the passes over it. It works on one replica at a time,
/// with a team of threads; what comes out does not depend on their number.
/// </summary>
internal sealed unsafe class CpuTrainingStep<T>
    where T : struct, ILanes<T>
{
    private readonly TrainingSite _site;
    private readonly TrainingBatch _batch;
    private readonly TrainingPass[] _passes, _epochEnd;

    /// <summary>Compiles a plan for batches of up to <paramref name="largestBatch"/> samples.</summary>
    /// <exception cref="NotSupportedException">An operation is unknown or has no sense where it stands.</exception>
    public CpuTrainingStep(Plan plan, SessionSpec spec, int largestBatch, ThreadTeam team)
    {
        _site = new TrainingSite(plan, spec, largestBatch, team);
        _batch = _site.Batch;
        _passes = CompileStep(plan.Step);
        _epochEnd = [.. plan.EpochEnd.Select(operation => OperationRegistry.Find<T>(operation)?.AtEpochEnd(_site)
            ?? throw OperationRegistry.Refusal(operation, "at the end of an epoch"))];
    }

    /// <summary>Where all that the step works on lies, as the last batch left it.</summary>
    public TrainingSite Site => _site;

    /// <summary>One step of a replica on some rows of the data.</summary>
    /// <returns>Σ wᵢ·l(xᵢ) over the batch.</returns>
    public double Run(CpuReplica replica, ReadOnlySpan<int> rows, int epoch)
    {
        _batch.Replica = replica;
        _batch.Samples = rows.Length;
        _batch.Padded = Padding.RoundUp(rows.Length, T.Count);
        _batch.Epoch = epoch;
        fixed (int* pointer = rows)
        {
            _batch.Rows = pointer;
            foreach (TrainingPass pass in _passes) pass.Run();
        }

        GC.KeepAlive(this);
        return _batch.Loss;
    }

    /// <summary>What follows the last step of an epoch, on its batch.</summary>
    public void EndEpoch()
    {
        foreach (TrainingPass pass in _epochEnd) pass.Run();
        GC.KeepAlive(this);
    }

    private TrainingPass[] CompileStep(IReadOnlyList<PlanOperation> operations)
    {
        var passes = new List<TrainingPass>();
        for (int i = 0; i < operations.Count; i++)
        {
            CpuOperation<T>? found = OperationRegistry.Find<T>(operations[i]);
            if (i + 1 < operations.Count && Join(operations[i], operations[i + 1]) is { } joined)
            {
                found = joined;
                i++;
            }

            passes.Add(found?.InTrainingStep(_site) ?? throw OperationRegistry.Refusal(operations[i], "in a training step"));
        }

        return [.. passes];
    }

    // Either of two neighbours may know how to compute them as one.
    private static CpuOperation<T>? Join(PlanOperation first, PlanOperation second) =>
        OperationRegistry.Find<T>(first)?.JoinNext(second) ?? OperationRegistry.Find<T>(second)?.JoinPrevious(first);
}
