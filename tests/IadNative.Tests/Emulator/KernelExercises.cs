using IadNative.Tests.Cuda.Kernels;

namespace IadNative.Tests.Emulator;

/// <summary>
/// The exercise of each kernel file of the product. An exercise needs more than one block and odd sizes, so that a barrier
/// or fence that is missing shows: the mutation test drops each of them and requires that the exercise notices.
/// </summary>
internal static class KernelExercises
{
    /// <summary>One for each file in kernels/.</summary>
    public static readonly KernelExercise[] All =
    [
        AdamKernelTests.Exercise,
        BatchNormKernelTests.Exercise,
        CenterKernelTests.Exercise,
        ChannelNormKernelTests.Exercise,
        ConvKernelTests.Exercise,
        DiscriminativeKernelTests.Exercise,
        EpochKernelTests.Exercise,
        FlowNormKernelTests.Exercise,
        FoldKernelTests.Exercise,
        GatherKernelTests.Exercise,
        GaussianKernelTests.Exercise,
        IadKernelTests.Exercise,
        InitializeKernelTests.Exercise,
        LinearKernelTests.Exercise,
        LossKernelTests.Exercise,
        MadeKernelTests.Exercise,
        MinimalVolumeKernelTests.Exercise,
        PoolKernelTests.Exercise,
        RadiusKernelTests.Exercise,
        ResidualKernelTests.Exercise,
        RowNormKernelTests.Exercise,
        SigmoidKernelTests.Exercise,
        SortKernelTests.Exercise,
        SubspaceKernelTests.Exercise,
        TerminationKernelTests.Exercise,
    ];
}
