using IadNative.Compute;
using IadNative.Detectors;
using IadNative.Iad;
using IadNative.Models;

using static IadNative.Models.OptionRange;

namespace IadNative;

/// <summary>How a detector goes on learning. All else is as it was fitted: model, networks, features, epochs, scaling, imputation.</summary>
public sealed record RefitOptions
{
    // Why: bench/results/refit-2026-11.md.
    private const int DefaultRounds = 1;
    private const double DefaultEpochShare = 0.25;

    /// <summary>
    /// Trainings, each on importance weights from the scores before. Unless it is set, 1; for a Gaussian, which takes no time, and for
    /// SDOR and DAGPR, which start anew, as many as the detector was fitted with. With 0, and of a detector that was fitted without importance
    /// weights, in 0 rounds, where it is not set, networks train once, on equal weights.
    /// </summary>
    public int? Rounds { get; init; }

    /// <summary>
    /// Epochs of a training, as a share of those that the detector was fitted with, at least one epoch: above 0, at most 1. SDOR and
    /// DAGPR take all of them.
    /// </summary>
    public double EpochShare { get; init; } = DefaultEpochShare;

    /// <summary>S: the 64-bit key of the random numbers; null for that of the detector.</summary>
    public ulong? Seed { get; init; }

    /// <summary>How the threshold is set; null for as it was.</summary>
    public ThresholdRule? Threshold { get; init; }

    /// <summary>Whether columns are taken by their place, whatever they are called.</summary>
    public bool ByPosition { get; init; }

    /// <summary>Where to train; null for the CPU with <see cref="Threads"/>. It stays the caller's to dispose.</summary>
    public IDevice? Device { get; init; }

    /// <summary>Threads to train on; 0 for one per core. Results do not depend on it.</summary>
    public int Threads { get; init; }

    /// <summary>Checks every value.</summary>
    /// <exception cref="ArgumentException">A value is out of its range.</exception>
    public void Validate()
    {
        Require(Rounds is null or (>= 0 and <= 65_535), nameof(Rounds), Rounds, "0 to 65,535");
        Require(EpochShare is > 0 and <= 1, nameof(EpochShare), EpochShare, "above 0, at most 1");
        Require(Threads is >= 0 and <= 4096, nameof(Threads), Threads, "0 (one per core) to 4,096");
    }

    /// <summary>The options of a fit that goes on from a detector.</summary>
    internal FitOptions For(FitOptions fitted, ulong seed)
    {
        bool keepsRounds = fitted.AllFamilies.All(family => family.Model.SelfTraining is not null || !family.Model.HasNetwork);
        TrainingOptions training = fitted.Training;
        return fitted with
        {
            Device = Device,
            Threads = Threads,
            Threshold = Threshold ?? fitted.Threshold,

            // Models of old were scaled so, by their networks' scaler alone.
            Scaling = fitted.Scaling ?? (fitted.Normalization is null ? FeatureScaling.Standard : null),
            Training = training with
            {
                Rounds = Rounds ?? (keepsRounds ? training.Rounds : Math.Min(training.Rounds, DefaultRounds)),
                Seed = Seed ?? seed,
                Seeds = 1,
            },
        };
    }
}
