using IadNative.Compute;

namespace IadNative.Cuda;

/// <summary>
/// The order in which every replica sees its rows in an epoch: its own rows, sorted stably by the epoch's random numbers. The
/// order is that of the CPU.
/// </summary>
internal sealed class CudaShuffle
{
    private readonly KernelSet _kernels;
    private readonly CudaState _state;
    private readonly SessionSpec _spec;
    private readonly RadixSort _sort;
    private readonly DeviceBuffer _draws;

    public CudaShuffle(ICudaDriver driver, KernelSet kernels, SessionSpec spec, CudaState state, DeviceArena arena)
    {
        (_kernels, _state, _spec) = (kernels, state, spec);
        _sort = new RadixSort(driver, kernels, arena, state.Replicas, state.RowsPerReplica);
        _draws = arena.Reserve<uint>((long)state.Replicas * state.RowsPerReplica);
    }

    /// <summary>R × rows: each replica's rows in the order of the epoch at hand.</summary>
    public DeviceBuffer Order => _sort.SortedPayload;

    /// <summary>Draws the order of the epoch where the cursor stands.</summary>
    public void Draw()
    {
        _kernels.DrawOrder(
            new DrawOrderArguments
            {
                Cursor = _state.Cursor.Address,
                Seeds = _state.Seeds.Address,
                Members = _state.Members.Address,
                Draws = _draws.Address,
                Rows = _state.RowsPerReplica,
                Purpose = (int)_spec.Shuffle,
            },
            _state.Replicas);
        _sort.SortKeys(_draws.Address, _state.Rows.Address, _state.RowsPerReplica);
    }
}
