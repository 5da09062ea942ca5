using IadNative.Compute;
using IadNative.Models;

namespace IadNative.Detectors;

/// <summary>One network of a detector with all that scoring needs.</summary>
internal sealed record DetectorMember
{
    /// <summary>The base model, which says how the scores are brought to the scale of other members.</summary>
    public required BaseModel Model { get; init; }

    /// <summary>The network's plan; members of a family share it.</summary>
    public required Plan Plan { get; init; }

    /// <summary>
    /// The features of a prepared row that it sees, in that order; null for all in the order of the row. Members of a family share them.
    /// </summary>
    public int[]? Features { get; init; }

    /// <summary>What training made of it.</summary>
    public required TrainedNetwork Trained { get; init; }

    /// <summary>Its median training score; 0 for an only member, whose scores stay as they are.</summary>
    public required double Median { get; init; }
}
