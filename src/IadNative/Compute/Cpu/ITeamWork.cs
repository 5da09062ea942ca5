namespace IadNative.Compute.Cpu;

/// <summary>
/// Work that a <see cref="ThreadTeam"/> shares: parts of it run side by side, and what comes out must not depend on where it is
/// cut.
/// </summary>
internal interface ITeamWork
{
    /// <summary>Does a part.</summary>
    /// <param name="phase">Which of the work's phases.</param>
    /// <param name="first">First item of the part.</param>
    /// <param name="end">Item after its last.</param>
    /// <param name="member">Which member of the team does it, below the team's size: memory of its own goes by that.</param>
    void Part(int phase, int first, int end, int member);
}
