using IadNative.Compute;
using IadNative.Cuda;
using IadNative.Cuda.Fusion;

namespace IadNative.Bench.Gpu.Lab;

/// <summary>
/// Training on a rung of the ladder: state, shuffle and the ends of epochs are the product's, the launches of the steps are the rung's.
/// </summary>
internal sealed class LabTraining : IDisposable
{
    private const long ChunkBytes = 256 << 20;

    private readonly DeviceArena _arena;
    private readonly CudaState _state;
    private readonly CudaEpoch _epoch;
    private readonly CudaInitializer _initializer;
    private readonly CudaScoring _scoring;
    private readonly IReadOnlyList<EpochPart> _parts;
    private readonly OutcomeRecord[] _outcomes;
    private readonly Func<IReadOnlyList<LabPhase>>? _phases;
    private readonly int _steps;

    /// <param name="driver">The device.</param>
    /// <param name="plan">A plan that an epoch of can be one kernel.</param>
    /// <param name="spec">The data, and who trains on them.</param>
    /// <param name="rung">How.</param>
    /// <param name="isolateBuffers">Whether every buffer gets an allocation of its own.</param>
    /// <param name="hasStamps">Whether <see cref="Phases"/> will be asked for.</param>
    /// <exception cref="NotSupportedException">An epoch of the plan cannot be one kernel, or it does not train on this rung.</exception>
    /// <exception cref="CudaOutOfMemoryException">The device has not enough memory.</exception>
    public LabTraining(ICudaDriver driver, Plan plan, SessionSpec spec, LabRung rung, bool isolateBuffers = false, bool hasStamps = false)
    {
        var kernels = new DeviceKernels(driver);
        if (!LabRungs.Has(rung, plan)) throw new NotSupportedException($"The plan does not train on rung {LabRungs.Title(rung)}.");
        bool useGraphs = rung != LabRung.Plain;
        _arena = new DeviceArena(driver, isolateBuffers);
        _state = new CudaState(driver, plan, spec, _arena);
        var schedule = new BatchSchedule(_state.RowsPerReplica, spec.BatchSize);
        _steps = schedule.Count;
        var shuffle = new CudaShuffle(driver, kernels, spec, _state, _arena);
        FusedEpoch fused = FusedEpoch.Of(plan, _state, schedule.LargestBatch, driver.Device.SharedBytes)
            ?? throw new NotSupportedException("The plan is neither a chain of dense layers nor a flow that a block can hold.");
        _parts = rung switch
        {
            LabRung.Layer =>
                [LayerKernels.Part(kernels, _arena, fused, DenseChain.In(plan)!.Layers.Count, _state, spec, shuffle.Order, schedule)],
            LabRung.Step => [StepKernel.Part(kernels, fused, _state, spec, shuffle.Order, schedule)],
            LabRung.Epoch => [fused.Part(kernels, _state, spec, shuffle.Order, schedule)],
            _ => SteppedEpoch.Parts(
                new CudaTrainingStep(driver, kernels, plan, spec, _state, shuffle.Order, _arena, schedule.LargestBatch), schedule),
        };
        if (hasStamps)
        {
            var stamps = new StampKernel(driver, kernels, _arena, fused.Shape);
            _phases = () => stamps.Read(fused.Arguments(_state, spec, shuffle.Order, schedule));
        }

        _epoch = new CudaEpoch(driver, kernels, _state, shuffle, _parts, useGraphs);
        _scoring = new CudaScoring(driver, kernels, plan, _state, _arena, useGraphs, ChunkBytes);
        _initializer = new CudaInitializer(driver, kernels, plan, _state, _arena);
        _outcomes = new OutcomeRecord[_state.Replicas];
        kernels.Load();
        try
        {
            _arena.Allocate();
            _state.Upload(spec);
            _initializer.Upload();
        }
        catch
        {
            _arena.Dispose();
            throw;
        }
    }

    /// <summary>Fresh networks.</summary>
    public void Begin()
    {
        _initializer.Run(round: 0);
        _scoring.BeginRound();
    }

    public void Import(int replica, ReplicaState state, ReadOnlySpan<float> importance)
    {
        _state.Import(replica, state);
        _state.Write(_state.ImportanceWeights, replica, importance);
    }

    public void Export(int replica, ReplicaState state) => _state.Export(replica, state);

    /// <summary>Trains, and waits for the device.</summary>
    public void Train(EpochRange epochs)
    {
        _epoch.Train(epochs, () => { }, CancellationToken.None);
        _state.Read<OutcomeRecord>(_state.Outcomes, 0, _outcomes);
    }

    /// <summary>The mean loss of the last epoch, after <see cref="Train"/>.</summary>
    public double Loss(int replica) => _outcomes[replica].Loss;

    /// <summary>The gradient of the last step.</summary>
    public void ReadGradient(int replica, Span<float> gradient) => _state.ReadTensors(_state.Gradient, _state.Layout, replica, gradient);

    /// <summary>What the phases of a step in the kernel of an epoch take; after an epoch, whose order it goes through again.</summary>
    /// <exception cref="InvalidOperationException">This has no stamps.</exception>
    public IReadOnlyList<LabPhase> Phases() => _phases?.Invoke() ?? throw new InvalidOperationException("There are no stamps.");

    /// <summary>Makes the launches of the steps of an epoch, without shuffle and end.</summary>
    /// <returns>How many steps they are.</returns>
    public int LaunchSteps()
    {
        foreach (EpochPart part in _parts)
        {
            for (int i = 0; i < part.Times; i++) part.Launch();
        }

        return _steps;
    }

    public void Dispose()
    {
        _epoch.Dispose();
        _scoring.Dispose();
        _arena.Dispose();
    }
}
