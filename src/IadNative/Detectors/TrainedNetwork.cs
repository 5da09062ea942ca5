using IadNative.Compute;

namespace IadNative.Detectors;

/// <summary>What scoring needs of a trained network.</summary>
/// <param name="Parameters">The parameter block.</param>
/// <param name="Statistics">The running statistics.</param>
/// <param name="State">The state that is set and not learned.</param>
internal sealed record TrainedNetwork(float[] Parameters, float[] Statistics, float[] State)
{
    public static TrainedNetwork Of(ReplicaState state) => new(state.Parameters, state.Statistics, state.State);
}
