using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Stacked;

/// <summary>The operations of scoring that can be stacked: those of the models that committees are made of.</summary>
internal static class StackedOperations
{
    /// <summary>Whether all operations of a plan's scoring can be stacked.</summary>
    public static bool AllKnown(Plan plan) => plan.Scoring.All(operation => operation
        is GatherBatch or DenseForward or AffineForward or FlowNormForward or SquaredDistance { IsRoot: false } or NegativeLogLikelihood);

    /// <summary>An operation as a step of a program.</summary>
    /// <exception cref="NotSupportedException">It cannot be stacked.</exception>
    public static StackedStep Compile<T>(StackedProgram program, PlanOperation operation)
        where T : struct, ILanes<T> => operation switch
        {
            GatherBatch gather => new StackedGather<T>(program, gather),
            DenseForward dense => new StackedDense<T>(program, dense),
            AffineForward map => new StackedAffineMap<T>(program, map),
            FlowNormForward norm => new StackedFlowNorm<T>(program, norm),
            SquaredDistance score => new StackedSquaredDistance<T>(program, score),
            NegativeLogLikelihood score => new StackedLogLikelihood<T>(program, score),
            _ => throw OperationRegistry.Refusal(operation, "in the scoring of stacked networks"),
        };

    /// <summary>What an operation of scoring reads.</summary>
    public static IEnumerable<Activation> Reads(PlanOperation operation) => operation switch
    {
        DenseForward dense => [dense.Input],
        AffineForward { LogDeterminantBefore: { } before } map => [map.Input, map.Affine, before],
        AffineForward map => [map.Input, map.Affine],
        FlowNormForward norm => [norm.Input, norm.LogDeterminantBefore],
        SquaredDistance { Target: { } target } score => [score.Output, target],
        SquaredDistance score => [score.Output],
        NegativeLogLikelihood score => [score.Output, score.LogDeterminant],
        _ => [],
    };
}
