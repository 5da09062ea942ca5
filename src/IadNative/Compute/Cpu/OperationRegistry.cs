using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Cpu.Operations;
using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu;

/// <summary>The operations that the CPU engine knows.</summary>
internal static class OperationRegistry
{
    /// <summary>What the engine knows of an operation; null where that is nothing, or where only a neighbour knows it.</summary>
    public static CpuOperation<T>? Find<T>(PlanOperation operation)
        where T : struct, ILanes<T> => operation switch
        {
            GatherBatch gather => new CpuGatherBatch<T>(gather),
            DenseForward dense => new CpuDenseForward<T>(dense),
            DenseBackward dense => new CpuDenseBackward<T>(dense),
            ConvForward conv => new CpuConvForward<T>(conv),
            ConvBackward conv => new CpuConvBackward<T>(conv),
            AffineForward map => new CpuAffineForward<T>(map),
            AffineBackward map => new CpuAffineBackward<T>(map),
            FlowNormForward norm => new CpuFlowNormForward<T>(norm),
            FlowNormBackward norm => new CpuFlowNormBackward<T>(norm),
            ResidualForward residual => new CpuResidualForward<T>(residual),
            ResidualBackward residual => new CpuResidualBackward<T>(residual),
            SigmoidForward sigmoid => new CpuSigmoidForward<T>(sigmoid),
            SigmoidBackward sigmoid => new CpuSigmoidBackward<T>(sigmoid),
            RowNormalizeForward normalize => new CpuRowNormalizeForward<T>(normalize),
            RowNormalizeBackward normalize => new CpuRowNormalizeBackward<T>(normalize),
            SubspaceLoss loss => new CpuSubspaceLoss<T>(loss),
            OrthogonalityLoss loss => new CpuOrthogonalityLoss<T>(loss),
            SquaredDistance score => new CpuSquaredDistance<T>(score),
            SquaredDistanceBackward score => new CpuSquaredDistanceBackward<T>(score),
            NegativeLogLikelihood score => new CpuNegativeLogLikelihood<T>(score),
            NegativeLogLikelihoodBackward score => new CpuNegativeLogLikelihoodBackward<T>(score),
            OutputScore score => new CpuOutputScore<T>(score),
            OutputScoreBackward score => new CpuOutputScoreBackward<T>(score),
            KernelRegression score => new CpuKernelRegression<T>(score),
            ScoreLoss loss => new CpuScoreLoss<T>(loss),
            SoftBoundaryLoss loss => new CpuSoftBoundaryLoss<T>(loss),
            AbsoluteLoss loss => new CpuAbsoluteLoss<T>(loss),
            DiscriminativeLoss loss => new CpuDiscriminativeLoss<T>(loss),
            MinimalVolumeLoss loss => new CpuMinimalVolumeLoss<T>(loss),
            AdamStep step => new CpuAdamStep<T>(step),
            RadiusUpdate update => new CpuRadiusUpdate<T>(update),
            MeanOutput mean => new CpuMeanOutput<T>(mean),
            GaussianFit fit => new CpuGaussianFit<T>(fit),
            _ => null,
        };

    /// <summary>What to throw for an operation that is unknown, or that has no sense where it stands.</summary>
    public static NotSupportedException Refusal(PlanOperation operation, string place) =>
        new($"The CPU engine cannot compute {operation.GetType().Name} here: {place}.");
}
