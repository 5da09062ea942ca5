using IadNative.Compute;

namespace IadNative.Detectors;

/// <summary>What scoring needs of a trained network.</summary>
/// <param name="Parameters">The parameter block.</param>
/// <param name="Statistics">The running statistics.</param>
/// <param name="Center">Center of Deep SVDD; empty for other models.</param>
/// <param name="Radius">Radius of the soft boundary; 0 for other models.</param>
internal sealed record TrainedNetwork(float[] Parameters, float[] Statistics, float[] Center, float Radius)
{
    public static TrainedNetwork Of(ReplicaState state) =>
        new(state.Parameters, state.Statistics, state.Center, state.Radius);
}
