namespace IadNative.Fleet.PostgreSql;

/// <summary>How far a block of a fleet's jobs is: those from <see cref="Number"/> times <see cref="Size"/> on.</summary>
/// <param name="Number">Which, from 0.</param>
/// <param name="Done">Its jobs with a detector.</param>
/// <param name="Failed">Its jobs with a failure.</param>
/// <param name="HasEnded">Whether all its jobs have a result.</param>
public readonly record struct FleetBlock(int Number, int Done, int Failed, bool HasEnded)
{
    /// <summary>Jobs of a block; the last one may have fewer.</summary>
    public const int Size = 1024;

    /// <summary>Blocks of so many jobs.</summary>
    /// <param name="jobs">Jobs of the fleet.</param>
    /// <exception cref="OverflowException">There are more blocks than can be numbered.</exception>
    public static int CountOf(long jobs) => checked((int)((jobs + Size - 1) / Size));
}
