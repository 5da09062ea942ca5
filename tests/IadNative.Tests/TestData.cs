namespace IadNative.Tests;

/// <summary>Finds the files that tests read. A test whose files are missing is ignored, and says what is missing.</summary>
internal static class TestData
{
    /// <summary>The sample table that the repository brings: Satellite, 6435 x 36, label column "label".</summary>
    public static string SatelliteCsv => Existing(Path.Combine("samples", "satellite.csv.gz"),
        [AppContext.BaseDirectory, .. Ancestors()]);

    /// <summary>A file of the ODDS collection, such as "cardio.mat".</summary>
    public static string Odds(string file) => Existing(Path.Combine("odds", file), DataFolders());

    /// <summary>A file of the data folder, such as "mnist/train-images-idx3-ubyte.gz".</summary>
    public static string InDataFolder(string file) => Existing(file, DataFolders());

    private static IEnumerable<string> DataFolders() =>
        Environment.GetEnvironmentVariable("IAD_DATA") is { Length: > 0 } folder
            ? [folder]
            : Ancestors().Select(ancestor => Path.Combine(ancestor, "..", "shared", "data"));

    private static IEnumerable<string> Ancestors()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder != null; folder = folder.Parent)
            yield return folder.FullName;
    }

    private static string Existing(string file, IEnumerable<string> folders)
    {
        string? found = folders.Select(folder => Path.Combine(folder, file)).FirstOrDefault(File.Exists);
        if (found == null)
            Assert.Ignore($"{file} was not found; set IAD_DATA to the folder of the data sets.");
        return found!;
    }
}
