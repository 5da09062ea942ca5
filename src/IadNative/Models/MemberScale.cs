using IadNative.Models;

namespace IadNative;

/// <summary>How the scores of an ensemble's members are brought to one scale before they are averaged.</summary>
public enum MemberScale
{
    /// <summary>Each is divided by its member's median over the training data.</summary>
    DivideByMedian,

    /// <summary>The member's median is subtracted: for likelihoods, whose medians may be negative or zero.</summary>
    SubtractMedian,

    /// <summary>
    /// z = clip((l − median)/(q75 − q25), −0.5, 3) with l = ln max(s, 1e-12) for squared distances and l = s for likelihoods; median
    /// and quartiles are those of the member's l over the training data. For committees of unlike models: no member can outvote the
    /// others by a few extreme scores.
    /// </summary>
    Quartiles,
}
