namespace IadNative.Cli;

/// <summary>What the process tells its caller. The README documents these.</summary>
internal static class ExitCodes
{
    /// <summary>All went well.</summary>
    public const int Success = 0;

    /// <summary>The job failed: training broke down, a result could not be written, or the program has a fault.</summary>
    public const int Failed = 1;

    /// <summary>The command line, a data file or a model file is at fault.</summary>
    public const int BadInput = 2;

    /// <summary><c>iad drift</c> went well, and says that it is time to fit again.</summary>
    public const int Drifted = 3;

    /// <summary><c>iad fleet status</c> went well, and says that fits are missing.</summary>
    public const int Unfinished = 3;

    /// <summary>Ctrl+C, or a request to terminate.</summary>
    public const int Cancelled = 130;
}
