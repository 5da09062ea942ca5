namespace IadNative.Data.Formats;

/// <summary>
/// Names of files may be any bytes on Linux. .NET reads them as UTF-8 and puts U+FFFD for what is none, and under that name there is no
/// such file: it can be neither opened nor made.
/// </summary>
internal static class UndecodedName
{
    /// <summary>What is wrong with it, for messages.</summary>
    public const string Problem = "the name holds bytes that are no UTF-8, so that it cannot be opened";

    /// <summary>Whether a path may hold such a name.</summary>
    public static bool IsIn(string path) => path.Contains('\uFFFD', StringComparison.Ordinal);
}
