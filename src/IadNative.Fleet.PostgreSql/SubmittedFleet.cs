namespace IadNative.Fleet.PostgreSql;

/// <summary>What becomes of a fleet that was submitted.</summary>
public enum FleetState
{
    /// <summary>Nodes are at it, or will be.</summary>
    Open,

    /// <summary>Nodes begin nothing more of it; fits that are running end first. Submitting it again goes on.</summary>
    Cancelled,

    /// <summary>Every job has a result.</summary>
    Ended,
}

/// <summary>A fleet in a database.</summary>
/// <param name="Id">What it is called by commands: the first 16 digits of its plan's hash.</param>
/// <param name="Name">What people call it.</param>
/// <param name="State">What becomes of it.</param>
/// <param name="Jobs">Its jobs.</param>
/// <param name="Done">Those with a detector, as nodes have reported.</param>
/// <param name="Failed">Those with a failure, as nodes have reported.</param>
/// <param name="SubmittedAt">When it was submitted last.</param>
/// <param name="Submission">How often it was opened; see <see cref="PostgreSqlFleets.ReportAsync"/>.</param>
/// <param name="EndedAt">When its last job ended; null while it is open.</param>
public sealed record SubmittedFleet(
    string Id, string Name, FleetState State, long Jobs, long Done, long Failed, DateTimeOffset SubmittedAt, long Submission, DateTimeOffset? EndedAt);
