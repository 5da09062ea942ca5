using IadNative.Compute;

namespace IadNative.Cuda;

/// <summary>
/// A plan's training step on the device, on a batch of every replica, and what follows the last step of an epoch.
/// </summary>
internal sealed class CudaTrainingStep : CudaWalk
{
    private readonly Action<int>[] _step, _epochEnd; // each for so many samples

    /// <exception cref="NotSupportedException">An operation is unknown or has no sense where it stands.</exception>
    public CudaTrainingStep(
        ICudaDriver driver, DeviceKernels kernels, Plan plan, SessionSpec spec, CudaState state, DeviceBuffer order, DeviceArena arena,
        int largestBatch)
        : base(driver, kernels, plan, state, arena)
    {
        (Spec, Order, LargestBatch) = (spec, order, largestBatch);
        Weights = Reserve(1);
        var step = new List<Action<int>>();
        var following = new Queue<PlanOperation>(plan.Step);
        while (following.TryDequeue(out PlanOperation? operation))
        {
            step.Add(OperationRegistry.Find(operation)?.InTrainingStep(this, following)
                ?? throw OperationRegistry.Refusal(operation, "in a training step"));
        }

        _step = [.. step];
        _epochEnd = [.. plan.EpochEnd.Select(operation =>
            OperationRegistry.Find(operation)?.AtEpochEnd(this)
                ?? throw OperationRegistry.Refusal(operation, "at the end of an epoch"))];
        ReserveRows(largestBatch);
    }

    public SessionSpec Spec { get; }

    /// <summary>Each replica's rows in the order of the epoch.</summary>
    public DeviceBuffer Order { get; }

    /// <summary>Samples of a full batch.</summary>
    public int LargestBatch { get; }

    /// <summary>The importance weight of every sample of the batch.</summary>
    public RowBuffer Weights { get; }

    /// <summary>One step of every replica on the next samples of the epoch's order, where the cursor stands.</summary>
    public void Run(int samples)
    {
        foreach (Action<int> operation in _step) operation(samples);
        Driver.Join();
    }

    /// <summary>What follows the last step of an epoch, on that step's samples.</summary>
    public void EndEpoch(int samples)
    {
        foreach (Action<int> operation in _epochEnd) operation(samples);
    }
}
