using IadNative.Iad;

using static IadNative.Models.OptionRange;

namespace IadNative;

/// <summary>How Algorithm 1 trains: rounds, epochs, Adam and what happens between rounds.</summary>
public sealed record TrainingOptions
{
    private readonly int? _rounds, _batchSize;
    private readonly double? _learningRate, _inverseTau;
    private readonly TerminationCriterion? _termination;
    private readonly bool _isTerminationSet;

    /// <summary>
    /// T: trainings after the first. 0 returns the base model. Unless it is set, the model's own default or else 15 for tables and
    /// 10 for images.
    /// </summary>
    public int Rounds
    {
        get => _rounds ?? 15;
        init => _rounds = value;
    }

    /// <summary>E: epochs per round; null for the model's default.</summary>
    public int? Epochs { get; init; }

    /// <summary>
    /// Samples per step. The last partial batch is kept; a last batch of one sample joins the one before. Unless it is set, the
    /// model's own default or else 128 for tables and 200 for images.
    /// </summary>
    public int BatchSize
    {
        get => _batchSize ?? 128;
        init => _batchSize = value;
    }

    /// <summary>Adam's step size. Unless it is set, the model's own default or else 0.001 for tables and 0.0001 for images.</summary>
    public double LearningRate
    {
        get => _learningRate ?? 1e-3;
        init => _learningRate = value;
    }

    /// <summary>Whether somebody chose the step size.</summary>
    internal bool IsLearningRateSet => _learningRate is not null;

    /// <summary>Coupled L2 weight decay over all parameters.</summary>
    public double WeightDecay { get; init; }

    /// <summary>1/τ of Eq. 13: how sharply importance weights fall around the median score. Unless it is set, the model's default.</summary>
    public double InverseTau
    {
        get => _inverseTau ?? 4;
        init => _inverseTau = value;
    }

    /// <summary>What a network starts from in rounds 1 to T.</summary>
    public BetweenRounds Between { get; init; } = BetweenRounds.Reinitialize;

    /// <summary>
    /// The rule that selects the round whose network is kept. Unless it is set, the fewest rank flips, or the last round for models
    /// that keep that one.
    /// </summary>
    public TerminationCriterion Termination
    {
        get => _isTerminationSet ? _termination! : TerminationCriterion.RankFlip;
        init => (_termination, _isTerminationSet) = (value, true);
    }

    /// <summary>S: the 64-bit key of all random numbers of run 0; run r uses S + r.</summary>
    public ulong Seed { get; init; }

    /// <summary>Independent runs, with the seeds S, S + 1, ….</summary>
    public int Seeds { get; init; } = 1;

    /// <summary>Networks per run, each trained on its own 80% of the rows; their normalised scores are averaged.</summary>
    public int Ensemble { get; init; } = 1;

    /// <summary>The options with everything set that depends on what is trained on.</summary>
    /// <param name="images">Whether it is images.</param>
    /// <param name="models">The models of all families: what they agree on is the default.</param>
    internal TrainingOptions FilledFor(bool images, params ReadOnlySpan<BaseModel> models) => this with
    {
        Rounds = _rounds ?? Agreed(models, model => model.DefaultRoundsOn(images)) ?? (images ? 10 : Rounds),
        Termination = !_isTerminationSet && KeepLastRound(models) ? TerminationCriterion.Last : Termination,
        InverseTau = _inverseTau ?? (models.IsEmpty ? InverseTau : models[0].DefaultInverseTau),
        BatchSize = _batchSize ?? Agreed(models, model => model.DefaultBatchSize(images)) ?? (images ? 200 : BatchSize),
        LearningRate = _learningRate ?? Agreed(models, model => model.DefaultLearningRate(images)) ?? (images ? 1e-4 : LearningRate),
    };

    // What all models say; null where they differ.
    private static T? Agreed<T>(ReadOnlySpan<BaseModel> models, Func<BaseModel, T?> defaultOf)
        where T : struct
    {
        T? agreed = models.IsEmpty ? null : defaultOf(models[0]);
        foreach (BaseModel model in models)
        {
            if (!Nullable.Equals(defaultOf(model), agreed)) return null;
        }

        return agreed;
    }

    private static bool KeepLastRound(ReadOnlySpan<BaseModel> models)
    {
        foreach (BaseModel model in models)
        {
            if (!model.KeepsLastRound) return false;
        }

        return !models.IsEmpty;
    }

    /// <summary>Checks every value.</summary>
    /// <exception cref="ArgumentException">A value is out of its range; the message says which and what is allowed.</exception>
    public void Validate()
    {
        Require(Rounds is >= 0 and <= 65_535, nameof(Rounds), Rounds, "0 to 65,535");
        Require(Epochs is null or (>= 1 and <= 65_535), nameof(Epochs), Epochs, "1 to 65,535");
        Require(BatchSize is >= 2 and <= 1 << 20, nameof(BatchSize), BatchSize, "2 to 1,048,576");
        Require(LearningRate is > 0 and <= 10, nameof(LearningRate), LearningRate, "above 0, at most 10");
        Require(WeightDecay is >= 0 and <= 10, nameof(WeightDecay), WeightDecay, "0 to 10");
        Require(InverseTau is > 0 and <= 1e6, nameof(InverseTau), InverseTau, "above 0, at most 1,000,000");
        Require(Seeds is >= 1 and <= 10_000, nameof(Seeds), Seeds, "1 to 10,000");
        Require(Ensemble is >= 1 and <= 1_000, nameof(Ensemble), Ensemble, "1 to 1,000");
        Require(Enum.IsDefined(Between), nameof(Between), Between, "Reinitialize, Same or Warm");
        Require(Termination is not null, nameof(Termination), "null", TerminationCriterion.Forms);
    }
}
