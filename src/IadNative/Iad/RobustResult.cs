using IadNative.Iad;
using IadNative.Iad.Members;
using IadNative.Models;

namespace IadNative;

/// <summary>What came of IAD around a detector of the user's.</summary>
public sealed record RobustResult
{
    /// <summary>One report per seed.</summary>
    public required IReadOnlyList<RunReport> Runs { get; init; }

    /// <summary>What a user must know: frozen runs, collapsed scores. Empty when all went well.</summary>
    public required IReadOnlyList<Alarm> Alarms { get; init; }

    /// <summary>The detectors of the first run that finished a round, one per member, restored to the selected round.</summary>
    public required IReadOnlyList<IWeightedDetector> Detectors { get; init; }

    /// <summary>The median scores of these over the n samples in that round; zeros where there is one.</summary>
    public required IReadOnlyList<double> Medians { get; init; }

    /// <summary>How the detectors are brought to one scale.</summary>
    public required MemberScale Scale { get; init; }

    /// <summary>The n scores of that round.</summary>
    public required IReadOnlyList<float> Scores { get; init; }

    /// <summary>The score of a sample: those of the detectors brought to one scale and averaged; that of a single one as it is.</summary>
    /// <param name="scores">One score per detector.</param>
    /// <exception cref="ArgumentException">There are not as many scores as detectors, or not as many medians.</exception>
    public float Combine(params ReadOnlySpan<float> scores)
    {
        if (Medians.Count != Detectors.Count || Medians.Count == 0)
            throw new ArgumentException($"There are {Detectors.Count} detectors but {Medians.Count} medians.", nameof(scores));
        if (scores.Length != Detectors.Count)
            throw new ArgumentException($"There are {Detectors.Count} detectors but {scores.Length} scores.", nameof(scores));
        return MemberScores.Combine(scores, [.. Medians.Select(median => new MemberPart(Scale, false, median, 0, 1))]);
    }
}
