using IadNative.Iad;
using IadNative.Models;
using static IadNative.Models.OptionRange;

namespace IadNative;

/// <summary>How IAD runs around a detector of the user's; the fields mean what those of <see cref="TrainingOptions"/> do.</summary>
public sealed record RobustOptions
{
    /// <summary>T: trainings after the first. 0 returns the base model.</summary>
    public int Rounds { get; init; } = 15;

    /// <summary>1/τ of Eq. 13: how sharply importance weights fall around the median score.</summary>
    public double InverseTau { get; init; } = 4;

    /// <summary>The rule that selects the round that is kept.</summary>
    public TerminationCriterion Termination { get; init; } = TerminationCriterion.RankFlip;

    /// <summary>S: the seed of run 0; run r uses S + r.</summary>
    public ulong Seed { get; init; }

    /// <summary>Independent runs, with the seeds S, S + 1, ….</summary>
    public int Seeds { get; init; } = 1;

    /// <summary>Detectors per run, whose scores are brought to one scale and averaged; all train on the same importance weights.</summary>
    public int Ensemble { get; init; } = 1;

    /// <summary>How the detectors of an ensemble are brought to one scale.</summary>
    public MemberScale Scale { get; init; }

    /// <summary>Checks every value.</summary>
    /// <exception cref="ArgumentException">A value is out of its range; the message says which and what is allowed.</exception>
    public void Validate()
    {
        Require(Rounds is >= 0 and <= 65_535, nameof(Rounds), Rounds, "0 to 65,535");
        Require(InverseTau is > 0 and <= 1e6, nameof(InverseTau), InverseTau, "above 0, at most 1,000,000");
        Require(Seeds is >= 1 and <= 10_000, nameof(Seeds), Seeds, "1 to 10,000");
        Require(Ensemble is >= 1 and <= 1_000, nameof(Ensemble), Ensemble, "1 to 1,000");
        Require(Scale is MemberScale.DivideByMedian or MemberScale.SubtractMedian, nameof(Scale), Scale, "DivideByMedian or SubtractMedian");
        Require(Termination is not null, nameof(Termination), "null", TerminationCriterion.Forms);
        Require(Termination!.KeptOf(Rounds) == 1, nameof(Termination), Termination, "a rule that keeps one round, as detectors remember one");
    }
}
