using IadNative.Data;
using IadNative.Detectors;
using IadNative.Detectors.Options;
using IadNative.Iad;
using IadNative.Models;
using IadNative.Networks;
using static System.FormattableString;

namespace IadNative.Reproduction;

/// <summary>How a base model is trained on every data set alike; the network's widths are the data set's.</summary>
internal sealed record Settings
{
    // What a trial has by itself, and what does not change its scores: all rounds are kept.
    private static readonly string[] s_without = ["seed", "seeds", "termination", "threshold", "threads"];

    // Options that came when there were results already, and the values that these have. Images have no scaling and no imputation.
    private static readonly Dictionary<string, string?> s_later =
        new() { ["scaling"] = "standard", ["imputation"] = "none", ["sigmoid"] = "false" };

    /// <summary>The base model.</summary>
    public required BaseModel Model { get; init; }

    /// <summary>Rounds, epochs, Adam, and what happens between rounds; its seeds mean nothing here.</summary>
    public required TrainingOptions Training { get; init => field = value.FilledFor(images: false); }

    /// <summary>Biases in linear layers.</summary>
    public bool Bias { get; init; }

    /// <summary>Batch normalisation in hidden layers, or behind the blocks of a flow.</summary>
    public bool BatchNorm { get; init; } = true;

    /// <summary>Learned scale and shift behind batch normalisation.</summary>
    public bool Affine { get; init; }

    /// <summary>The hidden layers in each block or coupling of a flow.</summary>
    public NetworkSpec Flow { get; init; } = new(32, 32);

    /// <summary>How images are normalised; tables do not ask.</summary>
    public ImageNormalization Normalization { get; init; }

    /// <summary>The options of the library for one seed on a data set, on one thread, since trials run side by side.</summary>
    public FitOptions For(PaperDataset dataset, ulong seed) => new()
    {
        Model = Model,
        Threads = 1,
        Scaling = dataset.IsImages ? null : FeatureScaling.Standard, // as the paper does
        Normalization = dataset.IsImages ? Normalization : null,
        Network = !Model.HasNetwork ? NetworkSpec.None : (IsFlow ? Flow : dataset.Network) with
        {
            Bias = Bias,
            BatchNorm = BatchNorm,
            Affine = Affine,
        },
        Training = Training with { Seed = seed, Seeds = 1 },
    };

    /// <summary>
    /// The options of <c>iad fit</c> that say the same for a data set, all that the result depends on but for data and seed.
    /// </summary>
    public string CommandLine(PaperDataset dataset) =>
        $"--model {Model.Name} " + (dataset.IsImages ? "" : "--scaling standard ")
        + (IsFlow || !Model.HasNetwork ? $"{this}" : $"--network {dataset.Network} {this}");

    /// <summary>The options of <c>iad fit</c> that say the same for every data set, or for every set of images.</summary>
    public override string ToString()
    {
        if (!Model.HasNetwork)
            return Invariant($"--rounds {Training.Rounds} --inverse-tau {Training.InverseTau} --termination {Training.Termination}");
        var words = new List<string>();
        if (IsFlow) words.Add($"--network {Flow}");
        words.AddRange(
        [
            Invariant($"--rounds {Training.Rounds} --epochs {Training.Epochs} --batch {Training.BatchSize}"),
            Invariant($"--lr {Training.LearningRate} --between {Training.Between.ToShortName()}"),
            Invariant($"--inverse-tau {Training.InverseTau}"),
        ]);
        if (PretrainEpochs > 0) words.Add(Invariant($"--pretrain {PretrainEpochs}"));
        if (Training.WeightDecay > 0) words.Add(Invariant($"--weight-decay {Training.WeightDecay}"));
        if (Training.Ensemble > 1) words.Add(Invariant($"--ensemble {Training.Ensemble}"));
        if (Model is SoftBoundarySvdd soft) words.Add(Invariant($"--nu {soft.Nu}"));
        if (Model is OneFlow { Alpha: var alpha }) words.Add(Invariant($"--alpha {alpha}"));
        if (Model is MaskedAutoregressiveFlow flow)
        {
            if (flow.WeightByDensity) words.Add($"--score {ScoreForm.Density}");
            if (flow.Degrees != MadeDegrees.Sequential) words.Add($"--degrees {flow.Degrees.ToShortName()}");
        }

        if (Model is Autoencoder { HasSigmoid: true }) words.Add("--sigmoid");
        if (Bias) words.Add("--bias");
        if (!BatchNorm) words.Add("--no-batch-norm");
        if (Affine) words.Add("--affine");
        if (Normalization != ImageNormalization.GlobalContrast) words.Add($"--normalization {Normalization.ToShortName()}");
        return string.Join(' ', words);
    }

    /// <summary>
    /// All that the result depends on but for data and seed, every default spelled out, so that the text means the same when a
    /// default changes. An option that came later is left out at the value that all had before it, so that their texts stay.
    /// </summary>
    public string Canonical(PaperDataset dataset)
    {
        FitOptions options = For(dataset, seed: 0);
        return string.Join(' ', FitOptionTable.All.Where(option => !s_without.Contains(option.Name) && !IsAsBefore(option, options)
                && (!option.IsLeftOutElsewhere || option.OfModel!(Model)))
            .Select(option => $"{option.Name}:{option.ToText(options) ?? "none"}"));
    }

    private static bool IsAsBefore(FitOption option, FitOptions options) =>
        s_later.TryGetValue(option.Name, out string? before) && (option.ToText(options) ?? before) == before;

    /// <summary>Epochs of all networks in all rounds, pretraining included.</summary>
    public long Epochs
    {
        get
        {
            int rounds = Training.Rounds + 1;
            int pretrainings = Training.Between == BetweenRounds.Reinitialize ? rounds : 1;
            return Training.Ensemble * (((long)rounds * Training.Epochs!.Value) + ((long)pretrainings * PretrainEpochs));
        }
    }

    private bool IsFlow => Model is MaskedAutoregressiveFlow or OneFlow;

    private int PretrainEpochs => (Model as DeepSvdd)?.PretrainEpochs ?? 0;
}
