using IadNative.Data;

namespace IadNative.Iad.Members;

/// <summary>Networks of one plan on the same features.</summary>
/// <param name="Plan">What they are.</param>
/// <param name="Members">How many there are in a run.</param>
/// <param name="Epochs">Epochs per round.</param>
/// <param name="Data">n × d values of their features, row-major.</param>
/// <param name="Scaler">Standardises a row of these on its way into a network.</param>
internal sealed record NetworkFamily(ModelPlan Plan, int Members, int Epochs, float[] Data, FeatureScaler Scaler);
