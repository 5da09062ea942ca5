namespace IadNative.Tests.FaultInjection;

/// <summary>How long a fault lasts.</summary>
internal enum FaultMode
{
    /// <summary>One call fails.</summary>
    Once,

    /// <summary>All calls of the same folder, or of the same output, fail from then on: a disk that stays full.</summary>
    Onward,

    /// <summary>The same, and the first, if it writes, writes half of what it was given.</summary>
    Short,
}

/// <summary>A kind of fault.</summary>
/// <param name="Name">Its name in errno.h.</param>
/// <param name="Number">Its number on Linux.</param>
/// <param name="Mode">How long it lasts.</param>
internal sealed record Fault(string Name, int Number, FaultMode Mode)
{
    public static readonly Fault
        FullOnce = new("ENOSPC", 28, FaultMode.Once),
        FullOnward = new("ENOSPC", 28, FaultMode.Onward),
        FullShort = new("ENOSPC", 28, FaultMode.Short),
        QuotaOnce = new("EDQUOT", 122, FaultMode.Once),
        QuotaOnward = new("EDQUOT", 122, FaultMode.Onward),
        BrokenOnce = new("EIO", 5, FaultMode.Once),
        BrokenOnward = new("EIO", 5, FaultMode.Onward),
        BrokenShort = new("EIO", 5, FaultMode.Short),
        DeniedOnce = new("EACCES", 13, FaultMode.Once),
        DeniedOnward = new("EACCES", 13, FaultMode.Onward),
        InterruptedOnce = new("EINTR", 4, FaultMode.Once);

    /// <summary>One fault of every error.</summary>
    public static Fault[] EveryError => [FullOnce, BrokenOnce, DeniedOnce, InterruptedOnce];

    /// <summary>Faults that last.</summary>
    public static Fault[] Lasting => [FullOnward, FullShort, BrokenOnward];

    /// <summary>The others.</summary>
    public static Fault[] Others => [QuotaOnce, QuotaOnward, BrokenShort, DeniedOnward];

    /// <summary>Whether files can still be removed when it has struck.</summary>
    public bool LeavesFilesRemovable => Mode == FaultMode.Once || this is { Number: 28 or 122 };

    public override string ToString() => $"{Name} {Mode}";
}

/// <summary>What came of a command under a fault.</summary>
/// <param name="Code">The exit code; 134 stands for an exception that nothing caught.</param>
/// <param name="Out">Standard output.</param>
/// <param name="Err">Standard error.</param>
/// <param name="Calls">Calls that the fault could have come from.</param>
/// <param name="Call">The one that failed; empty where the command ended before it.</param>
/// <param name="Place">The file that it concerned, <c>stdout</c> or <c>stderr</c>.</param>
internal sealed record FaultedRun(int Code, string Out, string Err, long Calls, string Call, string Place)
{
    /// <summary>Whether there was a fault at all.</summary>
    public bool IsFaulted => Call.Length > 0;
}
