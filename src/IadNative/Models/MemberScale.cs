using IadNative.Models;

namespace IadNative;

/// <summary>How the scores of an ensemble's members are brought to one scale before they are averaged.</summary>
public enum MemberScale
{
    /// <summary>Each is divided by its member's median over the training data.</summary>
    DivideByMedian,

    /// <summary>The member's median is subtracted: for likelihoods, whose medians may be negative or zero.</summary>
    SubtractMedian,
}
