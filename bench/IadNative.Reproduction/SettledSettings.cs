using IadNative.Detectors;
using IadNative.Iad;
using IadNative.Models;
using IadNative.Networks;

namespace IadNative.Reproduction;

/// <summary>
/// What the paper leaves open, settled: one setting per base model for all tables, the nearest of <see cref="SettingGrids"/> to
/// Table II, never tuned per data set; and the library's defaults for all images. bench/REPRODUCTION.md says how they were
/// chosen.
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
            // Not of the paper: the library's own defaults.
            Model = BaseModel.Gaussian,
            Training = new TrainingOptions().FilledFor(images: false, BaseModel.Gaussian) with { Epochs = BaseModel.Gaussian.DefaultEpochs },
        },
    ];

    /// <summary>The setting of a base model for tables or images.</summary>
    public static Settings Of(BaseModel model, bool images) => images
        ? new Settings
        {
            Model = model,
            Training = new TrainingOptions().FilledFor(images: true) with { Epochs = model.DefaultEpochs },
        }
        : s_tables.First(settings => settings.Model.Name == model.Name);
}
