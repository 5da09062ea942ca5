using IadNative.Compute;
using IadNative.Data;
using IadNative.Iad.Members;
using IadNative.Models;

namespace IadNative.Detectors;

/// <summary>One network of a detector with all that scoring needs.</summary>
internal sealed record DetectorMember
{
    /// <summary>The base model.</summary>
    public required BaseModel Model { get; init; }

    /// <summary>The network's plan; members of a family share it.</summary>
    public required Plan Plan { get; init; }

    /// <summary>The features of a prepared row that it sees, in that order; null for all in the order of the row.</summary>
    public int[]? Features { get; init; }

    /// <summary>Scales these features on their way into the network.</summary>
    public required FeatureScaler Scaler { get; init; }

    /// <summary>What training made of it.</summary>
    public required TrainedNetwork Trained { get; init; }

    /// <summary>Its median training score; 0 for an only member, whose scores stay as they are.</summary>
    public required double Median { get; init; }

    /// <summary>How its scores are brought to the scale of other members.</summary>
    public required MemberScale Scale { get; init; }

    /// <summary>Width of the middle half of its training scores; 0 for one that is neutral, and without quartiles.</summary>
    public double Width { get; init; }

    /// <summary>
    /// Its part of the combined score: with quartiles the family's weight over that of all families, the family's members and the
    /// rounds kept; otherwise the same for all.
    /// </summary>
    public double Share { get; init; } = 1;

    /// <summary>How its scores become its part of the combined score.</summary>
    public MemberPart Part => new(Scale, Model.MemberScale == MemberScale.DivideByMedian, Median, Width, Share);
}
