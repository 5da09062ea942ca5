using IadNative.Detectors;
using IadNative.Iad;

namespace IadNative.Cli.Reproduction;

/// <summary>
/// What the paper leaves open, settled: one setting per base model for all tables and one for all images, never tuned per data
/// set. bench/REPRODUCTION.md says how they were chosen.
/// </summary>
internal static class SettledSettings
{
    /// <summary>The setting of a base model for tables or images.</summary>
    public static Settings Of(BaseModel model, bool images) => new()
    {
        Model = model,
        Training = (images ? TrainingOptions.ForImages : new TrainingOptions()) with { Epochs = FitOptions.DefaultEpochs(model) },
    };
}
