namespace IadNative.Compute.Cpu.Training;

/// <summary>The batch that a training step is at: who trains on which rows, and what belongs to each sample.</summary>
internal sealed unsafe class TrainingBatch(int stride, ThreadTeam team)
{
    /// <summary>Who works on it.</summary>
    public ThreadTeam Team { get; } = team;

    /// <summary>Floats between two features of an activation.</summary>
    public int Stride { get; } = stride;

    /// <summary>Who trains.</summary>
    public CpuReplica Replica { get; set; } = null!;

    /// <summary>The rows of the data in the batch.</summary>
    public int* Rows { get; set; }

    /// <summary>B.</summary>
    public int Samples { get; set; }

    /// <summary>B in whole vectors.</summary>
    public int Padded { get; set; }

    /// <summary>The epoch that the batch belongs to, within its round.</summary>
    public int Epoch { get; set; }

    /// <summary>Σ wᵢ·l(xᵢ), once it is known.</summary>
    public double Loss { get; set; }

    /// <summary>Importance weight per sample; zero past the batch.</summary>
    public FloatBuffer Weights { get; } = new(stride);

    /// <summary>All parameters of the replica.</summary>
    public float* Parameters => Replica.Parameters.Pointer;

    /// <summary>Their gradients.</summary>
    public float* Gradient => Replica.Gradient.Pointer;

    /// <summary>Its running statistics.</summary>
    public float* Statistics => Replica.Statistics.Pointer;

    /// <summary>Its state.</summary>
    public float* State => Replica.State.Pointer;
}
