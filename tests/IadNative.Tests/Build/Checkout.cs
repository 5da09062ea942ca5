namespace IadNative.Tests.Build;

/// <summary>The checkout that the tests were built in. Where they run without it, tests that need it are ignored.</summary>
internal static class Checkout
{
    private static readonly string? s_root = Find();

    /// <summary>Its root.</summary>
    public static string Root => s_root ?? throw new IgnoreException("The sources are not above the tests.");

    /// <summary>A path in it.</summary>
    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    private static string? Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "IadNative.sln"))) return folder.FullName;
        }

        return null;
    }
}
