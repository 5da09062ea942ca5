using IadNative.Iad.Members;

namespace IadNative.Detectors;

/// <summary>What a fit goes on from.</summary>
/// <param name="Detector">A detector of the same options.</param>
/// <param name="EpochShare">Epochs of a round, as a share of those that the options say.</param>
internal sealed record RefitStart(DetectorContent Detector, double EpochShare)
{
    /// <summary>
    /// What the networks of a family start from: those of the last round that is kept, with Adam at its beginning; fresh ones in place of
    /// networks of a committee that have nothing to say. Null for a model that trains on labels of its own making, which starts anew.
    /// </summary>
    /// <param name="index">The family's place among all.</param>
    public IReadOnlyList<StartingNetwork>? Of(int index)
    {
        IReadOnlyList<DetectorFamily> families = Detector.Options.AllFamilies;
        DetectorFamily family = families[index];
        if (family.Model.SelfTraining is not null) return null;
        int rounds = Detector.Rounds.Count, first = (families.Take(index).Sum(other => other.Count) * rounds) + ((rounds - 1) * family.Count);
        return [.. Detector.Members.Skip(first).Take(family.Count).Select(member => new StartingNetwork(
            member is { Scale: MemberScale.Quartiles, Width: 0 } ? null : member.Trained.ToState(member.Plan),
            family.ColumnsPerMember is null ? null : member.Features))];
    }

    /// <summary>Epochs of a round of a family: a share of all, but at least one.</summary>
    /// <param name="epochs">Those of a fit.</param>
    public int EpochsOf(int epochs) => (int)Math.Max(1, Math.Round(EpochShare * epochs, MidpointRounding.AwayFromZero));
}
