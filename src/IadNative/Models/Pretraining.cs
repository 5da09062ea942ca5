using IadNative.Compute;
using IadNative.Networks;

namespace IadNative.Models;

/// <summary>Training of another model, which prepares a model's network or its first scores.</summary>
/// <param name="WritePlan">
/// The other model's plan, with a network on d features. What tensors of it have the name of a tensor of the model's are shared.
/// </param>
/// <param name="Epochs">Epochs, all importance weights being 1; 0 for none.</param>
internal sealed record Pretraining(Func<NetworkSpec, int, Plan> WritePlan, int Epochs);
