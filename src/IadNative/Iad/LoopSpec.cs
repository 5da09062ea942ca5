namespace IadNative.Iad;

/// <summary>What the loop of Algorithm 1 needs to know, whatever trains in it.</summary>
internal sealed record LoopSpec
{
    /// <summary>T: trainings after the first.</summary>
    public required int Rounds { get; init; }

    /// <summary>Which round is kept.</summary>
    public required TerminationCriterion Termination { get; init; }

    /// <summary>S: the seed of run 0; run r has S + r.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Independent runs.</summary>
    public required int Seeds { get; init; }

    /// <summary>What happens between two rounds of one run.</summary>
    public required RoundSpec Between { get; init; }
}
