namespace IadNative.Bench.Gpu.Lab;

/// <summary>A rung of the ladder (kernels/README.md): the same training, cut into fewer and fewer launches.</summary>
internal enum LabRung
{
    /// <summary>A kernel or product per operation, each launched by a call.</summary>
    Plain = 0,

    /// <summary>The same, recorded once and replayed.</summary>
    Graphs = 1,

    /// <summary>A kernel per layer and direction, replayed: kernels/lab/chain_layer.cu.</summary>
    Layer = 2,

    /// <summary>A kernel per step, replayed: kernels/lab/chain_step.cu.</summary>
    Step = 3,

    /// <summary>A kernel per epoch: kernels/fused/chain_epoch.cu, as the product trains.</summary>
    Epoch = 4,

    /// <summary>The same by a cluster of blocks: kernels/lab/chain_cluster.cu.</summary>
    Cluster = 5,
}

/// <summary>The ladder.</summary>
internal static class LabRungs
{
    /// <summary>From the bottom.</summary>
    public static IReadOnlyList<LabRung> All { get; } = Enum.GetValues<LabRung>();

    /// <summary>For tables.</summary>
    public static string Title(LabRung rung) => rung switch
    {
        LabRung.Plain => "0 plain launches",
        LabRung.Graphs => "1 graphs",
        LabRung.Layer => "2 kernel per layer",
        LabRung.Step => "3 kernel per step",
        LabRung.Epoch => "4 kernel per epoch",
        _ => $"5 cluster of {ClusterKernel.Blocks}",
    };
}
