using IadNative.Detectors;
using IadNative.Iad;
using IadNative.Models;
using IadNative.Networks;

namespace IadNative.Reproduction;

/// <summary>
/// The settings among which the settled ones were chosen, written down before any of them ran; see bench/REPRODUCTION.md.
/// </summary>
internal static class SettingGrids
{
    private const BetweenRounds Reinit = BetweenRounds.Reinitialize;
    private const BetweenRounds Same = BetweenRounds.Same;

    /// <summary>All settings of all models.</summary>
    public static IReadOnlyList<Settings> All => [.. Svdd(), .. Maf(), .. Autoencoder()];

    private static IEnumerable<Settings> Svdd()
    {
        BaseModel model = BaseModel.OneClassSvdd, pretrained = new OneClassSvdd { PretrainEpochs = 50 };
        (double LearningRate, int Epochs)[] lengths =
            [(1e-3, 5), (1e-3, 10), (1e-3, 20), (3e-4, 10), (3e-4, 20), (3e-4, 50), (1e-4, 20), (1e-4, 50), (1e-4, 100)];
        foreach (BetweenRounds between in (BetweenRounds[])[Reinit, Same])
        {
            foreach ((double learningRate, int epochs) in lengths) yield return Create(model, learningRate, epochs, between);
        }

        yield return Create(pretrained, 1e-3, 10, Reinit);
        yield return Create(pretrained, 1e-3, 10, Same);
        yield return Create(pretrained, 1e-3, 20, Same);
        yield return Create(pretrained, 1e-4, 20, Same);
        yield return Create(model, 1e-3, 10, Reinit) with { Bias = true };
        yield return Create(model, 1e-3, 20, Reinit) with { Bias = true };
    }

    private static IEnumerable<Settings> Autoencoder()
    {
        BaseModel model = BaseModel.Autoencoder;
        (double LearningRate, int Epochs)[] lengths =
            [(1e-3, 10), (1e-3, 20), (1e-3, 30), (1e-3, 50), (3e-4, 20), (3e-4, 50), (1e-4, 50), (1e-4, 100)];
        foreach (BetweenRounds between in (BetweenRounds[])[Reinit, Same])
        {
            foreach ((double learningRate, int epochs) in lengths) yield return Create(model, learningRate, epochs, between);
        }

        foreach (int epochs in (int[])[10, 20, 50]) yield return Create(model, 1e-3, epochs, Reinit) with { Bias = true };
        foreach (int epochs in (int[])[10, 20])
        {
            yield return Create(model, 1e-3, epochs, Reinit) with { BatchNorm = false };
            yield return Create(model, 1e-3, epochs, Reinit) with { BatchNorm = false, Bias = true };
        }

        yield return Create(model, 1e-3, 20, Reinit) with { Affine = true };
    }

    private static IEnumerable<Settings> Maf()
    {
        BaseModel model = BaseModel.MaskedAutoregressiveFlow, dense = new MaskedAutoregressiveFlow { WeightByDensity = true };
        foreach (int epochs in (int[])[5, 2, 3, 10])
        {
            yield return Create(model, 1e-3, epochs, Reinit);
            yield return Create(dense, 1e-3, epochs, Reinit);
        }

        foreach (int epochs in (int[])[3, 5, 10]) yield return Create(model, 1e-3, epochs, Same);
        yield return Create(dense, 1e-3, 5, Same);
        foreach (int epochs in (int[])[5, 10]) yield return Create(model, 3e-4, epochs, Reinit);
        foreach (int epochs in (int[])[3, 5, 10])
            yield return Create(model, 1e-3, epochs, Reinit) with { Flow = new NetworkSpec(32) };
        yield return Create(dense, 1e-3, 5, Reinit) with { Flow = new NetworkSpec(32) };
        yield return Create(model, 3e-4, 5, Reinit) with { BatchNorm = false };
        yield return Create(dense, 3e-4, 5, Reinit) with { BatchNorm = false };
        yield return Create(model, 1e-3, 5, Reinit) with { Model = new MaskedAutoregressiveFlow { Degrees = MadeDegrees.Spread } };
        yield return Create(model, 1e-3, 3, Reinit) with
        {
            Model = new MaskedAutoregressiveFlow { Degrees = MadeDegrees.Spread },
            Flow = new NetworkSpec(32),
        };
        yield return Create(model, 1e-3, 1, Reinit);
        yield return Create(dense, 1e-3, 1, Reinit);
    }

    private static Settings Create(BaseModel model, double learningRate, int epochs, BetweenRounds between) => new()
    {
        Model = model,
        Training = new TrainingOptions { Epochs = epochs, LearningRate = learningRate, Between = between },
    };
}
