using System.Globalization;
using IadNative.Data;

namespace IadNative.Bench.Detection;

/// <summary>A data set that detection is measured on, and defaults were chosen on.</summary>
/// <param name="Name">Its name without the number that ADBench gives it.</param>
/// <param name="File">Where it is.</param>
/// <param name="IsOdds">Whether it is one of the five of the ODDS library that the paper uses.</param>
internal sealed record DevelopmentSet(string Name, string File, bool IsOdds)
{
    /// <summary>Rows that are used of a larger set.</summary>
    public const int MostRows = 10_000;

    /// <summary>The sets of a folder's <c>odds</c> and <c>adbench</c>, the smallest files first.</summary>
    /// <param name="folder">The data folder; null for that of the environment variable IAD_DATA.</param>
    /// <exception cref="FormatException">There is no such folder.</exception>
    public static IReadOnlyList<DevelopmentSet> All(string? folder)
    {
        folder ??= Environment.GetEnvironmentVariable("IAD_DATA");
        if (folder is null || !Directory.Exists(folder))
            throw new FormatException("Where are the data sets? Give their folder with --data or in IAD_DATA.");
        return
        [
            .. ((string[])["odds", "adbench"])
                .SelectMany(part => Directory.GetFiles(Path.Combine(folder, part))
                    .Where(file => Path.GetExtension(file) is ".mat" or ".npz")
                    .Select(file => new DevelopmentSet(NameOf(file), file, part == "odds")))
                .OrderBy(set => new FileInfo(set.File).Length).ThenBy(set => set.File, StringComparer.Ordinal),
        ];
    }

    /// <summary>Reads the set, at most <see cref="MostRows"/> rows of it.</summary>
    public Dataset Read()
    {
        Dataset data = DatasetReader.Read(File, new DatasetReadOptions { Label = "y" });
        return data.Rows <= MostRows ? data : data.Select(RowCut.Choose(data.Labels, MostRows));
    }

    private static string NameOf(string file)
    {
        string stem = Path.GetFileNameWithoutExtension(file);
        int end = stem.IndexOf('_', StringComparison.Ordinal);
        return end > 0 && int.TryParse(stem[..end], NumberStyles.None, CultureInfo.InvariantCulture, out _) ? stem[(end + 1)..] : stem;
    }
}
