using IadNative.Compute;
using IadNative.Cuda.Operations;

namespace IadNative.Cuda;

/// <summary>
/// A plan's scoring on the device, and what sets the state at the beginning of a round: folded networks of all replicas, and the
/// activations of a chunk of rows. A chunk is replayed in one call (<see cref="RecordedPass"/>).
/// </summary>
internal sealed class CudaScoring : CudaPassWalk, IDisposable
{
    private readonly Action<RowRange>[] _operations;
    private readonly RecordedPass _scoring;
    private readonly RecordedPass[] _beginning;

    /// <exception cref="NotSupportedException">An operation is unknown or has no sense where it stands.</exception>
    public CudaScoring(
        ICudaDriver driver, DeviceKernels kernels, Plan plan, CudaState state, DeviceArena arena, bool useGraphs, long chunkBytes)
        : base(driver, kernels, plan, state, arena, useGraphs, chunkBytes)
    {
        Folded = new FoldedLayers(this);
        _operations = [.. plan.Scoring.Select(operation =>
            OperationRegistry.Find(operation)?.InScoring(this) ?? throw OperationRegistry.Refusal(operation, "in scoring"))];
        PlanOperation last = plan.Scoring[^1];
        if (!last.Writes.Contains(plan.Scores)) throw OperationRegistry.Refusal(last, "as the last of scoring");
        RowPass[] roundStart = [.. plan.RoundStart.Select(operation =>
            OperationRegistry.Find(operation)?.AtRoundStart(this)
                ?? throw OperationRegistry.Refusal(operation, "at the start of a round"))];
        ReserveChunk(state.Samples);
        Folded.Reserve();
        _scoring = Record(new RowPass(Folded.Fold, rows => Forward(rows, _operations.Length)), areOwn: false);
        _beginning = [.. roundStart.Select(pass => Record(pass, areOwn: true))];
    }

    /// <summary>Layers that have their batch norm folded in.</summary>
    public FoldedLayers Folded { get; }

    /// <summary>Scores all n rows with every replica.</summary>
    public void Score() => _scoring.Run();

    /// <summary>Sets every replica's state as the beginning of a round in the plan says.</summary>
    public void BeginRound()
    {
        foreach (RecordedPass pass in _beginning) pass.Run();
    }

    /// <summary>How many operations of scoring it takes to write an activation.</summary>
    /// <exception cref="NotSupportedException">None of them writes it.</exception>
    public int CountTo(Activation activation)
    {
        for (int i = 0; i < Plan.Scoring.Count; i++)
        {
            if (Plan.Scoring[i].Writes.Contains(activation)) return i + 1;
        }

        throw new NotSupportedException($"The CUDA engine finds no operation of scoring that writes {activation.Name}.");
    }

    /// <summary>Runs rows through the first operations of scoring, with layers folded before.</summary>
    public void Forward(RowRange rows, int operations)
    {
        foreach (Action<RowRange> operation in _operations.AsSpan(0, operations)) operation(rows);
    }

    /// <summary>Frees the graphs. Never throws.</summary>
    public void Dispose()
    {
        _scoring.Dispose();
        foreach (RecordedPass pass in _beginning) pass.Dispose();
    }
}
