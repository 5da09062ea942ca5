using System.CommandLine;
using System.Globalization;
using System.Text;
using IadNative.Data;
using IadNative.Detectors;
using IadNative.Models;
using IadNative.Persistence;

namespace IadNative.Cli;

/// <summary><c>iad score</c>: applies a saved detector to data.</summary>
internal static class ScoreCommand
{
    /// <summary>Shown at the end of its help.</summary>
    public const string Examples = """
          iad score model.iad new.csv --out scores.csv
          iad score model.iad satellite.csv.gz --label label > scores.csv
          iad score autoencoder.iad new.csv --explain --out explained.csv
          iad score threes.iad t10k-images-idx3-ubyte.gz --out scores.csv
        """;

    private const string Header = "row,score,percentile,label";

    /// <summary>Rows between two looks at the cancellation token and two writes.</summary>
    private const int BlockRows = 4096;

    /// <summary>Rows that a warning names.</summary>
    private const int NamedRows = 5;

    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal, CancellationToken cancellationToken)
    {
        var command = new Command("score", "Score data with a saved detector: CSV with row, score, percentile and label.");
        var model = new Argument<string>("MODEL") { Description = "The model file that 'iad fit --out' wrote." };
        Argument<string> data = DataInput.DataArgument(
            "The data to score, with the model's features in the same order; images for a model of images.");
        Option<string?> label = DataInput.LabelOption("Column (or array) with labels; it is left out.");
        Option<string> missing = DataInput.MissingOption();
        var reading = new ReadingSyntax();
        Option<string?> output = CommandOptions.Text("--out", "FILE", "Write the CSV to this file instead of standard output.");
        Option<bool> explain = CommandOptions.Flag("--explain",
            "For an autoencoder: one more column per feature with its share of the score, a squared error.");
        command.Add(model);
        command.Add(data);
        command.Add(label);
        command.Add(missing);
        foreach (Option option in reading.All) command.Add(option);
        command.Add(output);
        command.Add(explain);
        command.SetAction(parsed => Run(
            parsed.GetRequiredValue(model),
            new DataInput(parsed.GetRequiredValue(data), parsed.GetValue(label), parsed.GetRequiredValue(missing))
            {
                Reading = reading.Bind(parsed),
            },
            parsed.GetValue(output), parsed.GetValue(explain), terminal, cancellationToken));
        return command;
    }

    private static int Run(string model, DataInput input, string? output, bool explain, Terminal terminal,
        CancellationToken cancellationToken)
    {
        OutputFile.Check(output, "--out", model, input.Path);
        AnomalyDetector detector = InputFile.Read(model, AnomalyDetector.Load);
        if (explain && !detector.ExplainsFeatures)
        {
            throw new BadInputException($"--explain needs an autoencoder ({BaseModel.Autoencoder.Name}), but {model} holds "
                + $"{detector.Model.Name}, whose score is no sum over features. Leave it away.");
        }

        Dataset data = (input with { Images = detector.Image is not null }).Read(cancellationToken);
        FeatureCheck.Run(data, detector.FeatureNames, detector.Image, terminal);
        var notFinite = new List<int>();
        if (output is null or OutputFile.StandardOutput)
        {
            ScoreWithProgress(terminal.Out, showProgress: !terminal.OutputIsScreen);
            terminal.Out.Flush();
        }
        else
        {
            AtomicFile.Write(output, stream =>
            {
                using var writer = new StreamWriter(stream, leaveOpen: true);
                ScoreWithProgress(writer, showProgress: true);
            });
        }

        WarnOfNotFinite(notFinite, terminal);
        return ExitCodes.Success;

        void ScoreWithProgress(TextWriter writer, bool showProgress)
        {
            if (!showProgress)
            {
                WriteScores(detector, data, explain, writer, notFinite, _ => { }, cancellationToken);
                return;
            }

            ProgressDisplay.Run(terminal, TimeProvider.System, report =>
            {
                WriteScores(detector, data, explain, writer, notFinite, report, cancellationToken);
                return data.Rows;
            });
        }
    }

    private static void WriteScores(AnomalyDetector detector, Dataset data, bool explain, TextWriter writer,
        List<int> notFinite, Action<ProgressStep> report, CancellationToken cancellationToken)
    {
        int shares = explain ? data.Columns : 0;
        float[] scores = new float[Math.Min(BlockRows, data.Rows)];
        float[] contributions = new float[scores.Length * shares];
        var lines = new StringBuilder(Header);
        foreach (string name in detector.FeatureNames.Take(shares)) lines.Append(',').Append(CsvText.Quote(name));
        lines.Append('\n');
        for (int start = 0; start < data.Rows; start += BlockRows)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int count = Math.Min(BlockRows, data.Rows - start);
            Span<float> block = scores.AsSpan(0, count);
            ReadOnlySpan<float> rows = data.Values.AsSpan(start * data.Columns, count * data.Columns);
            detector.Score(rows, block);
            if (explain) detector.Explain(rows, contributions.AsSpan(0, rows.Length));
            for (int i = 0; i < count; i++)
            {
                int row = data.SourceRows[start + i] + 1;
                if (block[i] == float.MaxValue) notFinite.Add(row);
                AppendLine(lines, row, block[i], detector, contributions.AsSpan(i * shares, shares));
            }

            writer.Write(lines);
            lines.Clear();
            report(new ProgressStep((start + count) / (double)data.Rows, $"scoring {data.Name}", Milestone: true));
        }
    }

    private static void AppendLine(
        StringBuilder lines, int row, float score, AnomalyDetector detector, ReadOnlySpan<float> contributions)
    {
        lines.Append(CultureInfo.InvariantCulture,
            $"{row},{score:R},{detector.Percentile(score):R},{(detector.IsAnomaly(score) ? "anomaly" : "normal")}");
        foreach (float contribution in contributions) lines.Append(CultureInfo.InvariantCulture, $",{contribution:R}");
        lines.Append('\n');
    }

    private static void WarnOfNotFinite(List<int> rows, Terminal terminal)
    {
        if (rows.Count == 0) return;
        string named = string.Join(", ", rows.Take(NamedRows)) + (rows.Count > NamedRows ? ", ..." : "");
        terminal.Warn(string.Create(CultureInfo.InvariantCulture,
            $"{rows.Count} row(s) have no finite score and are given {float.MaxValue:R}: row {named}. "
            + $"A feature there is not finite or lies very far from the training data."));
    }
}
