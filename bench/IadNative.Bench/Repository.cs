namespace IadNative.Bench;

/// <summary>The checkout that the benchmark runs in.</summary>
internal static class Repository
{
    /// <summary>Its root, found from wherever the benchmark's process runs.</summary>
    public static string Root { get; } = Find();

    private static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "IadNative.sln"))) return folder.FullName;
        }

        throw new DirectoryNotFoundException("IadNative.sln is in no folder above the benchmark. Run it inside a checkout.");
    }
}
