using IadNative.Compute;
using IadNative.Models;
using IadNative.Networks;

namespace IadNative.Iad.Members;

/// <summary>What the loop trains: the plan of the base model and, for pretraining, that of the model that is trained first.</summary>
internal sealed class ModelPlan
{
    private readonly List<(TensorSlot From, TensorSlot To)> _sharedParameters = [], _sharedStatistics = [];

    /// <summary>The plans of a model with a network on d features; of one that goes on from older networks without pretraining.</summary>
    public ModelPlan(BaseModel model, NetworkSpec network, int features, int epochs, bool goesOn = false)
    {
        Model = model;
        Training = model.WritePlan(network, features, epochs);
        if (goesOn || model.Pretraining(epochs) is not { Epochs: > 0 } pretraining) return;
        PretrainEpochs = pretraining.Epochs;
        Pretraining = pretraining.WritePlan(network, features);
        Share(Pretraining.Parameters, Training.Parameters, _sharedParameters);
        Share(Pretraining.Statistics, Training.Statistics, _sharedStatistics);
    }

    /// <summary>What is trained.</summary>
    public BaseModel Model { get; }

    /// <summary>The plan of the base model.</summary>
    public Plan Training { get; }

    /// <summary>The plan of the model that is trained first; null without pretraining.</summary>
    public Plan? Pretraining { get; }

    /// <summary>Epochs of pretraining; 0 for none.</summary>
    public int PretrainEpochs { get; }

    /// <summary>Whether the base model itself trains on a device, in steps or in one go.</summary>
    public bool IsTrained => Training.Step.Count > 0 || Training.Fit is not null;

    /// <summary>Copies the weights and running statistics that both have from a pretrained model.</summary>
    public void CopyShared(ReplicaState pretrained, ReplicaState state)
    {
        foreach ((TensorSlot from, TensorSlot to) in _sharedParameters)
            pretrained.Parameters.AsSpan(from.Offset, from.Length).CopyTo(state.Parameters.AsSpan(to.Offset));
        foreach ((TensorSlot from, TensorSlot to) in _sharedStatistics)
            pretrained.Statistics.AsSpan(from.Offset, from.Length).CopyTo(state.Statistics.AsSpan(to.Offset));
    }

    private static void Share(TensorLayout from, TensorLayout to, List<(TensorSlot From, TensorSlot To)> pairs)
    {
        foreach (TensorSlot slot in to.Slots)
        {
            if (from.Find(slot.Name) is { } same) pairs.Add((same, slot));
        }
    }
}
