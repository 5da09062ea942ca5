using IadNative.Compute;
using IadNative.Compute.Operations;
using IadNative.Cuda.Operations;

namespace IadNative.Cuda;

/// <summary>The operations that the CUDA engine knows; what it knows of each is in a file of its own.</summary>
internal static class OperationRegistry
{
    /// <summary>
    /// What the engine knows of an operation; null where that is nothing, as of the losses that scores before them take in.
    /// </summary>
    public static CudaOperation? Find(PlanOperation operation) => operation switch
    {
        GatherBatch gather => new CudaGatherBatch(gather),
        DenseForward dense => new CudaDenseForward(dense),
        DenseBackward dense => new CudaDenseBackward(dense),
        ConvForward conv => new CudaConvForward(conv),
        ConvBackward conv => new CudaConvBackward(conv),
        AffineForward map => new CudaAffineForward(map),
        AffineBackward map => new CudaAffineBackward(map),
        FlowNormForward norm => new CudaFlowNormForward(norm),
        FlowNormBackward norm => new CudaFlowNormBackward(norm),
        ResidualForward residual => new CudaResidualForward(residual),
        ResidualBackward residual => new CudaResidualBackward(residual),
        SigmoidForward sigmoid => new CudaSigmoidForward(sigmoid),
        SigmoidBackward sigmoid => new CudaSigmoidBackward(sigmoid),
        RowNormalizeForward normalize => new CudaRowNormalizeForward(normalize),
        RowNormalizeBackward normalize => new CudaRowNormalizeBackward(normalize),
        SubspaceLoss loss => new CudaSubspaceLoss(loss),
        OrthogonalityLoss loss => new CudaOrthogonalityLoss(loss),
        SquaredDistance score => new CudaSquaredDistance(score),
        SquaredDistanceBackward score => new CudaSquaredDistanceBackward(score),
        OutputScore score => new CudaOutputScore(score),
        DiscriminativeLoss loss => new CudaDiscriminativeLoss(loss),
        MinimalVolumeLoss loss => new CudaMinimalVolumeLoss(loss),
        NegativeLogLikelihood score => new CudaNegativeLogLikelihood(score),
        MaskGradient => new CudaMaskGradient(),
        AdamStep step => new CudaAdamStep(step),
        RadiusUpdate update => new CudaRadiusUpdate(update),
        MeanOutput mean => new CudaMeanOutput(mean),
        GaussianFit fit => new CudaGaussianFit(fit),
        _ => null,
    };

    /// <summary>What to throw for an operation that is unknown, or that has no sense where it stands.</summary>
    public static NotSupportedException Refusal(PlanOperation operation, string place) =>
        new($"The CUDA engine cannot compute {operation.GetType().Name} here: {place}.");
}
