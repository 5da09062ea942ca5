namespace IadNative.Models;

/// <summary>Training of another model whose network shares tensors, by name, with that of the model it prepares.</summary>
/// <param name="Model">The other model.</param>
/// <param name="Epochs">Epochs, all importance weights being 1; 0 for none.</param>
internal sealed record Pretraining(BaseModel Model, int Epochs);
