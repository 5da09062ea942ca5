using IadNative.Compute;
using IadNative.Networks;

namespace IadNative.Iad;

/// <summary>What the loop trains: the plan of the base model and, for pretraining, that of its autoencoder.</summary>
internal sealed class ModelPlan
{
    private readonly List<(TensorSlot From, TensorSlot To)> _sharedParameters = [], _sharedStatistics = [];

    public ModelPlan(NetworkSpec network, int features, LossKind loss)
    {
        Training = PlanBuilder.Build(network, features, loss);
        if (!Training.HasCenter) return;
        Pretraining = PlanBuilder.Build(network, features, LossKind.Reconstruction);
        Share(Pretraining.Parameters, Training.Parameters, _sharedParameters);
        Share(Pretraining.Statistics, Training.Statistics, _sharedStatistics);
    }

    /// <summary>The plan of the base model.</summary>
    public Plan Training { get; }

    /// <summary>The plan of the autoencoder whose encoder Deep SVDD shares; null for other models.</summary>
    public Plan? Pretraining { get; }

    /// <summary>Copies the encoder's weights and running statistics from a pretrained autoencoder.</summary>
    public void CopyEncoder(ReplicaState pretrained, ReplicaState state)
    {
        foreach ((TensorSlot from, TensorSlot to) in _sharedParameters)
            pretrained.Parameters.AsSpan(from.Offset, from.Length).CopyTo(state.Parameters.AsSpan(to.Offset));
        foreach ((TensorSlot from, TensorSlot to) in _sharedStatistics)
            pretrained.Statistics.AsSpan(from.Offset, from.Length).CopyTo(state.Statistics.AsSpan(to.Offset));
    }

    private static void Share(TensorLayout from, TensorLayout to, List<(TensorSlot From, TensorSlot To)> pairs)
    {
        foreach (TensorSlot slot in to.Slots) pairs.Add((from.Slots.First(other => other.Name == slot.Name), slot));
    }
}
