using IadNative.Compute;
using IadNative.Cuda.Fusion;

namespace IadNative.Bench.Gpu.Lab;

/// <summary>A rung of the ladder (kernels/README.md): the same training, cut into fewer and fewer launches.</summary>
internal enum LabRung
{
    /// <summary>A kernel or product per operation, each launched by a call.</summary>
    Plain,

    /// <summary>The same, recorded once and replayed.</summary>
    Graphs,

    /// <summary>
    /// The same, each kernel launched while the one before it is still at work, whose end it waits for by itself
    /// (kernels/lab/dependent_launch.cuh), and gradients of weights beside those of inputs.
    /// </summary>
    Overlap,

    /// <summary>A kernel per layer and direction, replayed: kernels/lab/chain_layer.cu. Of chains of layers alone.</summary>
    Layer,

    /// <summary>A kernel per step, replayed: kernels/lab/chain_step.cu, kernels/lab/flow_step.cu.</summary>
    Step,

    /// <summary>A kernel per epoch: kernels/fused/chain_epoch.cu, kernels/fused/flow_epoch.cu, as the product trains.</summary>
    Epoch,

    /// <summary>The same by a cluster of blocks: kernels/lab/chain_cluster.cu. Of chains of layers alone.</summary>
    Cluster,
}

/// <summary>The ladder.</summary>
internal static class LabRungs
{
    /// <summary>From the bottom.</summary>
    public static IReadOnlyList<LabRung> All { get; } = Enum.GetValues<LabRung>();

    /// <summary>Whether a plan, an epoch of which can be one kernel, trains on a rung.</summary>
    public static bool Has(LabRung rung, Plan plan) => rung is not (LabRung.Layer or LabRung.Cluster) || DenseChain.In(plan) is not null;

    /// <summary>As kernels/README.md numbers it.</summary>
    public static string Number(LabRung rung) => Title(rung).Split(' ')[0];

    /// <summary>For tables.</summary>
    public static string Title(LabRung rung) => rung switch
    {
        LabRung.Plain => "0 plain launches",
        LabRung.Graphs => "1 graphs",
        LabRung.Overlap => "1b overlap",
        LabRung.Layer => "2 kernel per layer",
        LabRung.Step => "3 kernel per step",
        LabRung.Epoch => "4 kernel per epoch",
        _ => $"5 cluster of {ClusterKernel.Blocks}",
    };
}
