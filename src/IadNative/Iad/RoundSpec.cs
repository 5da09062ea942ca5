using IadNative.Models;

namespace IadNative.Iad;

/// <summary>What the work between two rounds needs to know.</summary>
internal sealed record RoundSpec
{
    /// <summary>Runs that train side by side.</summary>
    public int Runs { get; init; } = 1;

    /// <summary>The families of a run's members, in the order of the members.</summary>
    public required IReadOnlyList<FamilyScores> Families { get; init; }

    /// <summary>
    /// Whether all members train on the same importance weights, which follow from the scores that they average to; otherwise those
    /// of a family follow from the scores that its own members average to.
    /// </summary>
    public bool AreWeightsShared { get; init; } = true;

    /// <summary>
    /// Whether several rounds may be kept, whose scores are averaged: then even those of an only member are brought to a scale.
    /// </summary>
    public bool AveragesRounds { get; init; }

    /// <summary>Whether scores are brought to the scale of their quartiles: a member that fails is neutral and stops no run.</summary>
    public bool IsCommittee => Families[0].Scale == MemberScale.Quartiles;

    /// <summary>Whether a device that can may do what happens between rounds; otherwise the host does it.</summary>
    public bool FitsDevice => Families.Count == 1 && !IsCommittee && !AveragesRounds;

    /// <summary>n.</summary>
    public required int Samples { get; init; }

    /// <summary>n labels of both kinds, true for anomalies, for reports only; null for none.</summary>
    public required bool[]? Labels { get; init; }

    /// <summary>1/τ.</summary>
    public required double InverseTau { get; init; }

    /// <summary>
    /// The form of the combined scores that shared weights follow: that of the families where they have the same, otherwise the scores
    /// as they are.
    /// </summary>
    public WeighedScore Weighs => Families.All(family => family.Weighs == Families[0].Weighs) ? Families[0].Weighs : WeighedScore.Plain;

    /// <summary>Members of a run.</summary>
    public int Members => Families.Sum(family => family.Members);

    /// <summary>How each member of a run is brought to the scale of the others.</summary>
    public MemberScale[] Scales => [.. Families.SelectMany(family => Enumerable.Repeat(family.Scale, family.Members))];
}

/// <summary>What is known of the scores of a family: members alike but for their random numbers.</summary>
/// <param name="Members">Its members in a run.</param>
/// <param name="Scale">How members' scores are brought to one scale.</param>
/// <param name="Weighs">The form of its scores that weights follow.</param>
internal sealed record FamilyScores(int Members, MemberScale Scale, WeighedScore Weighs = WeighedScore.Plain)
{
    /// <summary>Whether scores are squared distances, whose logarithms have quartiles, and no likelihoods.</summary>
    public bool IsLogarithmic { get; init; }

    /// <summary>Share in the score of a committee.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>Whether the importance weights of a committee follow its scores.</summary>
    public bool Votes { get; init; } = true;
}
