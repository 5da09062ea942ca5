using System.Diagnostics.CodeAnalysis;
using IadNative.Compute;

namespace IadNative.Cuda;

/// <summary>
/// A walk over operations of a plan, and what these share: activations, by name; what a forward pass saves for its backward pass;
/// room to work in. Operations ask for them while the walk is built, and launch on them when it runs.
/// </summary>
internal abstract class CudaWalk(ICudaDriver driver, DeviceKernels kernels, Plan plan, CudaState state, DeviceArena arena)
{
    private readonly List<RowBuffer> _rowBuffers = [];
    private readonly Dictionary<string, RowBuffer> _activations = [];
    private readonly Dictionary<object, object> _saved = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<string, DeviceBuffer> _workspaces = [];

    public ICudaDriver Driver => driver;

    public Plan Plan => plan;

    public CudaState State => state;

    public DeviceArena Arena => arena;

    /// <summary>
    /// Rows that every row buffer has room for: a multiple of <see cref="DeviceLayout.ReplicaAlignment"/>, so that each replica's rows
    /// begin aligned.
    /// </summary>
    public int Rows { get; private set; }

    /// <summary>Numbers of a row in all row buffers asked for so far.</summary>
    protected long RowWidth => _rowBuffers.Sum(buffer => buffer.Width);

    /// <summary>A kernel, ready when the walk runs.</summary>
    public Kernel<T> Kernel<T>(KernelDefinition<T> definition)
        where T : unmanaged =>
        kernels.Get(definition);

    /// <summary>The room of an activation that an operation writes.</summary>
    /// <param name="activation">The activation.</param>
    /// <param name="isCommon">Whether it is the same for all replicas where their rows are.</param>
    [return: NotNullIfNotNull(nameof(activation))]
    public RowBuffer? Write(Activation? activation, bool isCommon = false)
    {
        if (activation is null) return null;
        if (_activations.TryGetValue(activation.Name, out RowBuffer? known)) return known;
        RowBuffer buffer = Add(new RowBuffer(activation.Width, isCommon));
        _activations.Add(activation.Name, buffer);
        return buffer;
    }

    /// <summary>The room of an activation that an operation reads; null for none.</summary>
    /// <exception cref="NotSupportedException">No operation before writes it.</exception>
    [return: NotNullIfNotNull(nameof(activation))]
    public RowBuffer? Read(Activation? activation)
    {
        if (activation is null) return null;
        return _activations.TryGetValue(activation.Name, out RowBuffer? buffer)
            ? buffer
            : throw new NotSupportedException($"The CUDA engine finds no operation that writes {activation.Name} before it is read.");
    }

    /// <summary>More numbers of every row, for the one who asks.</summary>
    public RowBuffer Reserve(long width) => Add(new RowBuffer(width));

    /// <summary>Room under a name, which operations use one after the other: as much as the one that needs most.</summary>
    public DeviceBuffer Workspace<T>(string name, long count)
        where T : unmanaged
    {
        if (!_workspaces.TryGetValue(name, out DeviceBuffer? buffer)) _workspaces[name] = buffer = arena.Reserve<T>(0);
        buffer.Enlarge<T>(count);
        return buffer;
    }

    /// <summary>Keeps what a forward pass has for its backward pass.</summary>
    /// <param name="layer">What the two share.</param>
    /// <param name="saved">What is kept.</param>
    public void Save(object layer, object saved) => _saved[layer] = saved;

    /// <summary>What <see cref="Save"/> keeps.</summary>
    /// <exception cref="NotSupportedException">There was no forward pass before.</exception>
    public T Saved<T>(object layer)
        where T : class =>
        _saved.GetValueOrDefault(layer) as T
        ?? throw new NotSupportedException($"The CUDA engine finds no forward pass before the backward pass of {layer}.");

    /// <summary>Reserves all row buffers, for so many rows at least.</summary>
    protected void ReserveRows(int rows)
    {
        Rows = checked((int)DeviceLayout.RoundUp(rows, DeviceLayout.ReplicaAlignment));
        foreach (RowBuffer buffer in _rowBuffers) buffer.Reserve(arena, Rows, state.Replicas);
    }

    private RowBuffer Add(RowBuffer buffer)
    {
        _rowBuffers.Add(buffer);
        return buffer;
    }
}
