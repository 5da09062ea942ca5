using IadNative.Compute;
using IadNative.Compute.Operations;

namespace IadNative.Cuda.Operations;

/// <summary>All operations that the CUDA engine knows; what it knows of each is in a file of its own.</summary>
internal static class CudaOperations
{
    /// <summary>
    /// An operation's way on the device; null where there is none. Losses and the gradients of scores are done along with the
    /// scores before them (<see cref="CudaScore"/>).
    /// </summary>
    public static CudaOperation? Of(PlanOperation operation) => operation switch
    {
        AdamStep => new CudaAdamStep(),
        AffineBackward affine => new CudaAffineBackward(affine),
        AffineForward affine => new CudaAffineForward(affine),
        ConvBackward conv => new CudaConvBackward(conv),
        ConvForward conv => new CudaConvForward(conv),
        DenseBackward dense => new CudaDenseBackward(dense),
        DenseForward dense => new CudaDenseForward(dense),
        FlowNormBackward norm => new CudaFlowNormBackward(norm),
        FlowNormForward norm => new CudaFlowNormForward(norm),
        GatherBatch gather => new CudaGatherBatch(gather),
        MaskGradient => new CudaMaskGradient(),
        MeanOutput mean => new CudaMeanOutput(mean),
        NegativeLogLikelihood likelihood => new CudaNegativeLogLikelihood(likelihood),
        RadiusUpdate update => new CudaRadiusUpdate(update),
        SquaredDistance distance => new CudaSquaredDistance(distance),
        _ => null,
    };
}
