using IadNative.Detectors;
using IadNative.Iad;
using IadNative.Models;
using IadNative.Networks;

namespace IadNative.Reproduction;

/// <summary>
/// What the paper leaves open, settled: one setting per base model for all tables, the nearest of <see cref="SettingGrids"/> to
/// Table II, never tuned per data set; and the library's defaults for all images, and for the models that no grid has.
/// bench/REPRODUCTION.md says how they were chosen.
/// </summary>
internal static class SettledSettings
{
    private static readonly Settings[] s_tables =
    [
        new()
        {
            Model = new OneClassSvdd { PretrainEpochs = 50 },
            Training = new TrainingOptions { Epochs = 10 },
        },
        new()
        {
            Model = BaseModel.MaskedAutoregressiveFlow,
            Training = new TrainingOptions { Epochs = 3 },
            Flow = new NetworkSpec(32),
        },
        new()
        {
            Model = BaseModel.Autoencoder,
            Training = new TrainingOptions { Epochs = 20 },
            Bias = true,
        },
        new()
        {
            // The authors' code for the one class has a switch for the soft boundary.
            Model = new SoftBoundarySvdd { PretrainEpochs = 50 },
            Training = new TrainingOptions { Epochs = 10 },
        },
    ];

    /// <summary>The setting of a base model for tables or images.</summary>
    public static Settings Of(BaseModel model, bool images)
    {
        if (!images && s_tables.FirstOrDefault(settings => settings.Model.Name == model.Name) is { } settled) return settled;
        var defaults = new Settings
        {
            Model = model,
            Training = new TrainingOptions().FilledFor(images, model) with { Epochs = model.DefaultEpochsOn(images) },
        };
        return model is OneFlow ? defaults with { Flow = model.DefaultNetwork(features: 1, image: null) } : defaults;
    }
}
