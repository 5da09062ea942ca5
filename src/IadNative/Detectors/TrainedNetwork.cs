using IadNative.Compute;

namespace IadNative.Detectors;

/// <summary>What scoring needs of a trained network.</summary>
/// <param name="Parameters">The parameter block.</param>
/// <param name="Statistics">The running statistics.</param>
/// <param name="State">The state that is set and not learned.</param>
internal sealed record TrainedNetwork(float[] Parameters, float[] Statistics, float[] State)
{
    /// <summary>Whether all numbers are finite.</summary>
    public bool IsFinite =>
        Array.TrueForAll(Parameters, float.IsFinite) && Array.TrueForAll(Statistics, float.IsFinite) && Array.TrueForAll(State, float.IsFinite);

    public static TrainedNetwork Of(ReplicaState state) => new(state.Parameters, state.Statistics, state.State);

    /// <summary>The state of a network that goes on from here, with Adam's moments at 0.</summary>
    /// <param name="plan">The network's plan.</param>
    public ReplicaState ToState(Plan plan)
    {
        var state = new ReplicaState(plan);
        Parameters.CopyTo(state.Parameters, 0);
        Statistics.CopyTo(state.Statistics, 0);
        State.CopyTo(state.State, 0);
        return state;
    }
}
