using System.Globalization;

namespace IadNative.Bench.Detection;

/// <summary>One fit and its scoring, a line of the CSV.</summary>
/// <param name="Detector">The detector.</param>
/// <param name="Case">The size.</param>
/// <param name="Repetition">Which one, from 0: its seed.</param>
/// <param name="Members">Members that the detector has.</param>
/// <param name="FitSeconds">Seconds of the fit.</param>
/// <param name="ScoreNanoseconds">Nanoseconds per row of scoring many rows on one thread.</param>
/// <param name="Auc">AUC in percent, which shows that the work was done.</param>
internal sealed record CostRow(
    string Detector, CostCase Case, int Repetition, int Members, double FitSeconds, double ScoreNanoseconds, double Auc)
{
    /// <summary>Names of the columns.</summary>
    public const string Header = "detector,rows,features,size,repetition,members,fit_seconds,score_ns,auc";

    /// <summary>The line.</summary>
    public string ToCsv() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Detector},{Case.Rows},{Case.Features},{Case.Members},{Repetition},{Members},{FitSeconds:F3},{ScoreNanoseconds:F1},{Auc:F2}");

    /// <summary>The rows of a file that <see cref="ToCsv"/> wrote; none where there is no file.</summary>
    /// <exception cref="FormatException">A line is not such a row.</exception>
    public static IReadOnlyList<CostRow> Read(string path) =>
        File.Exists(path) ? [.. File.ReadLines(path).Skip(1).Select(Parse)] : [];

    private static CostRow Parse(string line)
    {
        string[] cells = line.Split(',');
        if (cells.Length != Header.Split(',').Length) throw new FormatException($"'{line}' is no row of costs.");
        return new CostRow(cells[0], new CostCase(Whole(1), Whole(2), Whole(3)), Whole(4), Whole(5), Real(6), Real(7), Real(8));

        int Whole(int column) => int.Parse(cells[column], CultureInfo.InvariantCulture);

        double Real(int column) => double.Parse(cells[column], CultureInfo.InvariantCulture);
    }
}
