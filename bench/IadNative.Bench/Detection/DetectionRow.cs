using System.Globalization;

namespace IadNative.Bench.Detection;

/// <summary>One fit of a detector on a set, a line of the CSV.</summary>
/// <param name="Set">The data set.</param>
/// <param name="Detector">The detector.</param>
/// <param name="Seed">The seed.</param>
/// <param name="Auc">AUC in percent of the scores of the rounds that are kept; null where the fit failed.</param>
/// <param name="Seconds">Of the fit.</param>
internal sealed record DetectionRow(string Set, string Detector, ulong Seed, double? Auc, double Seconds)
{
    /// <summary>Names of the columns. Those of a baseline are the first five.</summary>
    public const string Header = "set,detector,seed,auc,seconds,untrained,base,round,members,neutral,distinct";

    /// <summary>AUC in percent of the networks before their first step, of those that have one.</summary>
    public double? Untrained { get; init; }

    /// <summary>AUC in percent of round 0, trained with all weights 1.</summary>
    public double? Base { get; init; }

    /// <summary>The round that is kept, the last of several.</summary>
    public int? Round { get; init; }

    /// <summary>Members of the detector.</summary>
    public int? Members { get; init; }

    /// <summary>Those of them that add nothing to any score.</summary>
    public int? Neutral { get; init; }

    /// <summary>Different scores among the n.</summary>
    public int? Distinct { get; init; }

    /// <summary>What no other line of a file shares.</summary>
    public (string Set, string Detector, ulong Seed) Key => (Set, Detector, Seed);

    /// <summary>The line, in the order of <see cref="Header"/>.</summary>
    public string ToCsv() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Set},{Detector},{Seed},{Auc:F4},{Seconds:F3},{Untrained:F4},{Base:F4},{Round},{Members},{Neutral},{Distinct}");

    /// <summary>The rows of a file; none where there is no file. Columns are found by their names, and may be missing.</summary>
    /// <exception cref="FormatException">A line is not such a row.</exception>
    public static IReadOnlyList<DetectionRow> Read(string path) =>
        File.Exists(path) ? Parse(File.ReadAllText(path)) : [];

    /// <summary>The rows of a file's text.</summary>
    /// <exception cref="FormatException">A line is not such a row.</exception>
    public static IReadOnlyList<DetectionRow> Parse(string text)
    {
        string[] lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (lines.Length == 0) return [];
        string[] names = lines[0].Split(',');
        return [.. lines.Skip(1).Select(line => Row(line.Split(',')))];

        DetectionRow Row(string[] cells)
        {
            if (cells.Length != names.Length) throw new FormatException($"'{string.Join(',', cells)}' does not have {names.Length} cells.");
            return new DetectionRow(
                Cell("set")!, Cell("detector")!, (ulong)Number("seed")!, Number("auc"), Number("seconds") ?? double.NaN)
            {
                Untrained = Number("untrained"),
                Base = Number("base"),
                Round = (int?)Number("round"),
                Members = (int?)Number("members"),
                Neutral = (int?)Number("neutral"),
                Distinct = (int?)Number("distinct"),
            };

            string? Cell(string name) => Array.IndexOf(names, name) is int index and >= 0 && cells[index].Length > 0 ? cells[index] : null;

            double? Number(string name) => Cell(name) is { } cell ? double.Parse(cell, CultureInfo.InvariantCulture) : null;
        }
    }
}
