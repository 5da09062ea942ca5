using IadNative.Detectors;
using IadNative.Iad;
using IadNative.Models;
using IadNative.Networks;

namespace IadNative.Reproduction;

/// <summary>
/// The settings for images among which the settled ones are chosen, written down before they ran, those with a sigmoid after the
/// first results of other models; and which of them came out nearest. See bench/REPRODUCTION.md.
/// </summary>
internal static class ImageGrids
{
    private const double Usual = 1e-4, Large = 1e-3;

    /// <summary>All settings of all models; each runs on MNIST.</summary>
    public static IReadOnlyList<Settings> All => [.. Flow(), .. Svdd(), .. Autoencoder()];

    /// <summary>The nearest on MNIST, which run on Fashion-MNIST too.</summary>
    public static IReadOnlyList<Settings> Nearest { get; } =
    [
        Create(BaseModel.MaskedAutoregressiveFlow, Usual, 10) with { BatchNorm = false },
        Create(BaseModel.MaskedAutoregressiveFlow, Large, 1),
        Create(BaseModel.MaskedAutoregressiveFlow, Usual, 3) with { Flow = new NetworkSpec(32) },
        Create(BaseModel.OneClassSvdd, Usual, 3) with { Normalization = ImageNormalization.L1 },
        Create(BaseModel.OneClassSvdd, Usual, 3) with { Bias = true },
        Create(BaseModel.OneClassSvdd, Usual, 3) with { Affine = true },
        Create(BaseModel.Autoencoder, Usual, 3),
        Create(BaseModel.Autoencoder, Usual, 3) with { Bias = true },
        Create(new Autoencoder { HasSigmoid = true }, Large, 3),
    ];

    /// <summary>
    /// Normal classes whose means over the classes were nearest to those of all ten, over three models, in
    /// bench/results/images-2026-11.csv.
    /// </summary>
    public static IReadOnlyList<string> ClassesOf(PaperDataset dataset) => dataset.Name == "mnist" ? ["0", "2", "4"] : ["6", "7"];

    private static IEnumerable<Settings> Svdd()
    {
        BaseModel model = BaseModel.OneClassSvdd;
        foreach (int epochs in (int[])[1, 3, 10, 20]) yield return Create(model, Usual, epochs);
        foreach (int epochs in (int[])[1, 3]) yield return Create(model, Large, epochs);
        foreach (int epochs in (int[])[3, 10])
            yield return Create(model, Usual, epochs) with { Normalization = ImageNormalization.L1 };
        yield return Create(model, Usual, 3) with { Bias = true };
        yield return Create(model, Usual, 3) with { Affine = true };
    }

    private static IEnumerable<Settings> Autoencoder()
    {
        BaseModel model = BaseModel.Autoencoder;
        foreach (int epochs in (int[])[1, 3, 10]) yield return Create(model, Usual, epochs);
        foreach (int epochs in (int[])[1, 3, 10]) yield return Create(model, Large, epochs);
        yield return Create(model, Usual, 3) with { Normalization = ImageNormalization.L1 };
        yield return Create(model, Large, 3) with { Normalization = ImageNormalization.L1 };
        var sigmoid = new Autoencoder { HasSigmoid = true };
        yield return Create(sigmoid, Usual, 3);
        foreach (int epochs in (int[])[1, 3]) yield return Create(sigmoid, Large, epochs);
        yield return Create(model, Usual, 3) with { Bias = true };
        yield return Create(model, Usual, 3) with { Affine = true };
    }

    private static IEnumerable<Settings> Flow()
    {
        BaseModel model = BaseModel.MaskedAutoregressiveFlow, dense = new MaskedAutoregressiveFlow { WeightByDensity = true };
        foreach (int epochs in (int[])[1, 3, 10]) yield return Create(model, Usual, epochs);
        yield return Create(dense, Usual, 3);
        yield return Create(model, Large, 1);
        foreach (int epochs in (int[])[1, 3])
            yield return Create(model, Usual, epochs) with { Normalization = ImageNormalization.L1 };
        yield return Create(model, Usual, 3) with { Flow = new NetworkSpec(32) };
        yield return Create(model, Usual, 3) with { Flow = new NetworkSpec(128, 128) };
        foreach (int epochs in (int[])[3, 10]) yield return Create(model, Usual, epochs) with { BatchNorm = false };
    }

    private static Settings Create(BaseModel model, double learningRate, int epochs) => new()
    {
        Model = model,
        Training = new TrainingOptions { Epochs = epochs, LearningRate = learningRate }.FilledFor(images: true, model),
    };
}
