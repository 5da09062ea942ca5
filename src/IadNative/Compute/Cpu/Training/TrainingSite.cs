namespace IadNative.Compute.Cpu.Training;

/// <summary>What the operations of a training step are compiled with: where all that they work on lies.</summary>
internal sealed unsafe class TrainingSite
{
    private readonly ActivationBuffers _activations;
    private readonly Dictionary<object, object> _workspaces = new(ReferenceEqualityComparer.Instance);

    /// <summary>Memory for batches of up to <paramref name="largestBatch"/> samples, and a team to work on them.</summary>
    public TrainingSite(Plan plan, SessionSpec spec, int largestBatch, ThreadTeam team)
    {
        Plan = plan;
        Spec = spec;
        _activations = new ActivationBuffers(largestBatch);
        Batch = new TrainingBatch(_activations.Stride, team);
    }

    /// <summary>The plan.</summary>
    public Plan Plan { get; }

    /// <summary>Data, and how to train.</summary>
    public SessionSpec Spec { get; }

    /// <summary>The batch that the step is at.</summary>
    public TrainingBatch Batch { get; }

    /// <summary>The first feature of an activation.</summary>
    public float* this[Activation activation] => _activations[activation];

    /// <summary>The same, or null without one.</summary>
    public float* OrNull(Activation? activation) => _activations.OrNull(activation);

    /// <summary>What the forward pass of a layer leaves to its backward pass, created for whichever asks first.</summary>
    public TWorkspace WorkspaceOf<TWorkspace>(object layer, Func<TWorkspace> create)
        where TWorkspace : class
    {
        if (!_workspaces.TryGetValue(layer, out object? workspace)) _workspaces[layer] = workspace = create();
        return (TWorkspace)workspace;
    }
}
