using System.Globalization;
using IadNative.Data;
using IadNative.Fleet;

namespace IadNative.Cli.Fleet;

/// <summary>Scores rows part by part, and writes them in their order.</summary>
/// <param name="results">Where the detectors are.</param>
/// <param name="choice">Which of them score.</param>
/// <param name="data">The rows, named by their parts.</param>
/// <param name="only">The part of all rows; null where each says its own.</param>
/// <param name="missing">What is done about missing cells, as the command line says it.</param>
internal sealed class FleetScoring(IJobStore results, FleetScoreCommand.Choice choice, Dataset data, string? only, string missing)
{
    private readonly string?[] _lines = new string?[data.Rows];

    /// <summary>Why parts have no scores: their rows, and their names.</summary>
    public SortedDictionary<string, (int Rows, List<string> Parts)> Unscored { get; } = new(StringComparer.Ordinal);

    /// <summary>Scores all rows.</summary>
    /// <exception cref="BadInputException">The data lack a column of a detector, or it cannot do with missing cells what is asked for.</exception>
    public void Run(CancellationToken cancellationToken)
    {
        var places = new Dictionary<string, int>();
        for (int i = 0; i < choice.Plan.Partitions.Count; i++) places[choice.Plan.Partitions[i].Name] = i;
        foreach (IGrouping<string, int> part in Enumerable.Range(0, data.Rows).GroupBy(row => only ?? data.Ids![row]))
        {
            cancellationToken.ThrowIfCancellationRequested();
            int[] rows = [.. part];
            if (!places.TryGetValue(part.Key, out int place))
            {
                Leave("the fleet does not know the part", part.Key, rows);
                continue;
            }

            string key = choice.Plan.KeyOf(choice.Plan.NumberOf(place, choice.OptionSet, choice.Seed));
            JobResult? result = FleetPlace.Wait(results.FindAsync(key, cancellationToken));
            if (result?.Detector is { } fitted) Score(part.Key, fitted, rows);
            else Leave(result is null ? "the fit is missing" : "the fit failed", part.Key, rows);
        }
    }

    /// <summary>Writes the CSV.</summary>
    public void Write(TextWriter writer, CsvText csv)
    {
        writer.Write("row,partition,score,percentile,p_value,label\n");
        for (int row = 0; row < _lines.Length; row++)
        {
            writer.Write(string.Create(
                CultureInfo.InvariantCulture, $"{data.SourceRows[row] + 1},{csv.Value(only ?? data.Ids![row])},{_lines[row] ?? ",,,"}\n"));
        }
    }

    private void Leave(string reason, string part, int[] rows)
    {
        (int before, List<string> parts) = Unscored.TryGetValue(reason, out (int, List<string>) known) ? known : (0, []);
        parts.Add(part);
        Unscored[reason] = (before + rows.Length, parts);
    }

    private void Score(string part, FittedDetector fitted, int[] rows)
    {
        using var stream = new MemoryStream(fitted.Model.ToArray(), writable: false);
        AnomalyDetector detector = ModelData.WithMissing(AnomalyDetector.Load(stream, part), missing);
        float[] scores;
        try
        {
            scores = detector.Score(data.Select(rows));
        }
        catch (ArgumentException exception)
        {
            throw new BadInputException($"the part '{part}': {ErrorReporting.MessageOf(exception)}");
        }

        for (int i = 0; i < rows.Length; i++)
        {
            _lines[rows[i]] = string.Create(CultureInfo.InvariantCulture,
                $"{scores[i]:R},{detector.Percentile(scores[i]):R},{detector.PValue(scores[i]):R},{(detector.IsAnomaly(scores[i]) ? "anomaly" : "normal")}");
        }
    }
}
