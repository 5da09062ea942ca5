namespace IadNative.Persistence;

/// <summary>The files of this process that are not finished, for whoever ends it while others are at work.</summary>
internal static class PendingFiles
{
    private static readonly Lock s_gate = new();
    private static readonly HashSet<string> s_paths = [];

    /// <summary>Before a file is made.</summary>
    public static void Add(string path)
    {
        lock (s_gate) s_paths.Add(path);
    }

    /// <summary>When it has its name, or is gone.</summary>
    public static void Remove(string path)
    {
        lock (s_gate) s_paths.Remove(path);
    }

    /// <summary>Deletes them all, as far as that goes; the process is to be ended right behind.</summary>
    public static void Delete()
    {
        lock (s_gate)
        {
            foreach (string path in s_paths)
            {
                try
                {
                    File.Delete(path);
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    // The next write in the folder will try.
                }
            }
        }
    }
}
