using IadNative.Bench.Gpu.Lab;
using IadNative.Compute;
using IadNative.Cuda.Fusion;
using IadNative.Networks;
using IadNative.Probe;
using IadNative.Tests.Compute.Twin;

namespace IadNative.Tests.Emulator;

/// <summary>
/// Exercises of the kernels that are compiled for a shape: small networks train through two epochs, whose batches have a smaller last one, and one
/// through an epoch of many batches. What they compute is compared elsewhere; each barrier that is dropped must leave accesses out of order.
/// </summary>
internal static class FusedExercises
{
    /// <summary>The small ones first, and all features of each file's stages somewhere.</summary>
    public static readonly KernelExercise[] All =
    [
        Chain("fused/chain_epoch.cu", LabRung.Epoch, ModelKind.OneClass),
        Chain("fused/chain_epoch.cu", LabRung.Epoch, ModelKind.SoftBoundary),
        Chain("fused/chain_epoch.cu", LabRung.Epoch, ModelKind.Reconstruction, isNormalized: false),
        Chain("fused/chain_epoch.cu", LabRung.Epoch, ModelKind.OneClass, features: 250, batchSize: 120), // room for one batch, not for two
        Of("lab/flow_step.cu", LabRung.Step, new Problem(new NetworkSpec(4), 3, 17, ModelKind.NegativeLogLikelihood, batchSize: 8)),
        Of("fused/flow_epoch.cu", LabRung.Epoch, new Problem(new NetworkSpec(5, 4), 3, 17, ModelKind.NegativeLogLikelihood, batchSize: 8)),
        Chain("lab/chain_step.cu", LabRung.Step, ModelKind.OneClass),
        Chain("lab/chain_cluster.cu", LabRung.Cluster, ModelKind.OneClass),
        Chain("lab/chain_cluster.cu", LabRung.Cluster, ModelKind.SoftBoundary),
        Chain("lab/chain_cluster.cu", LabRung.Cluster, ModelKind.Reconstruction, isNormalized: false),
        Chain("lab/chain_layer.cu", LabRung.Layer, ModelKind.SoftBoundary),
        Chain("lab/chain_layer.cu", LabRung.Layer, ModelKind.Reconstruction, isNormalized: false),

        // An epoch of more batches than a block has threads, which knows of as many steps at a time.
        Of("fused/flow_epoch.cu", LabRung.Epoch,
            new Problem(new NetworkSpec(2), 2, 2 * (BlockShape.AllThreads + 1), ModelKind.NegativeLogLikelihood, batchSize: 2), epochs: 1),
    ];

    private static KernelExercise Chain(
        string file, LabRung rung, ModelKind loss, bool isNormalized = true, int features = 3, int batchSize = 8) => Of(
        file, rung,
        new Problem(
            new NetworkSpec(5, 2) with { BatchNorm = isNormalized, Affine = isNormalized, Bias = true },
            features, (2 * batchSize) + 3, loss, replicas: 1, batchSize));

    private static KernelExercise Of(string file, LabRung rung, Problem problem, int epochs = 2) => new(file, driver =>
    {
        using var training = new LabTraining(driver, problem.Plan, problem.Spec, rung, isolateBuffers: true);
        training.Import(0, problem.States[0], problem.Weights[0]);
        training.Train(new EpochRange(Round: 1, First: 0, Count: epochs));
        Assert.That(double.IsFinite(training.Loss(0)), $"{rung}, {problem.Name}: {training.Loss(0)}");
    });
}
