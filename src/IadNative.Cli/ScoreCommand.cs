using System.CommandLine;
using System.Globalization;
using System.Text;
using IadNative.Data;
using IadNative.Detectors;
using IadNative.Persistence;

namespace IadNative.Cli;

/// <summary><c>iad score</c>: applies a saved detector to data.</summary>
internal static class ScoreCommand
{
    /// <summary>Shown at the end of its help.</summary>
    public const string Examples = """
          iad score model.iad new.csv --out scores.csv
          iad score model.iad satellite.csv.gz --label label > scores.csv
        """;

    private const string Header = "row,score,percentile,label\n";

    /// <summary>Rows between two looks at the cancellation token and two writes.</summary>
    private const int BlockRows = 4096;

    /// <summary>Rows that a warning names.</summary>
    private const int NamedRows = 5;

    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal, CancellationToken cancellationToken)
    {
        var command = new Command("score", "Score data with a saved detector: CSV with row, score, percentile and label.");
        var model = new Argument<string>("MODEL") { Description = "The model file that 'iad fit --out' wrote." };
        Argument<string> data = DataInput.DataArgument("The data to score, with the model's features in the same order.");
        Option<string?> label = DataInput.LabelOption("Column (or array) with labels; it is left out.");
        Option<string> missing = DataInput.MissingOption();
        Option<string?> output = OptionKinds.Text("--out", "FILE", "Write the CSV to this file instead of standard output.");
        command.Add(model);
        command.Add(data);
        command.Add(label);
        command.Add(missing);
        command.Add(output);
        command.SetAction(parsed => Run(
            parsed.GetRequiredValue(model),
            new DataInput(parsed.GetRequiredValue(data), parsed.GetValue(label), parsed.GetRequiredValue(missing)),
            parsed.GetValue(output), terminal, cancellationToken));
        return command;
    }

    private static int Run(string model, DataInput input, string? output, Terminal terminal, CancellationToken cancellationToken)
    {
        OutputFile.Check(output, "--out", model, input.Path);
        AnomalyDetector detector = InputFile.Read(model, AnomalyDetector.Load);
        Dataset data = input.Read(cancellationToken);
        FeatureCheck.Run(data, detector.FeatureNames, terminal);
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
                WriteScores(detector, data, writer, notFinite, _ => { }, cancellationToken);
                return;
            }

            ProgressDisplay.Run(terminal, TimeProvider.System, report =>
            {
                WriteScores(detector, data, writer, notFinite, report, cancellationToken);
                return data.Rows;
            });
        }
    }

    private static void WriteScores(AnomalyDetector detector, Dataset data, TextWriter writer, List<int> notFinite,
        Action<ProgressStep> report, CancellationToken cancellationToken)
    {
        var scores = new float[Math.Min(BlockRows, data.Rows)];
        var lines = new StringBuilder(Header);
        for (int start = 0; start < data.Rows; start += BlockRows)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int count = Math.Min(BlockRows, data.Rows - start);
            Span<float> block = scores.AsSpan(0, count);
            detector.Score(data.Values.AsSpan(start * data.Columns, count * data.Columns), block);
            for (int i = 0; i < count; i++)
            {
                int row = data.SourceRows[start + i] + 1;
                if (block[i] == float.MaxValue) notFinite.Add(row);
                AppendLine(lines, row, block[i], detector);
            }

            writer.Write(lines);
            lines.Clear();
            report(new ProgressStep((start + count) / (double)data.Rows, $"scoring {data.Name}", Milestone: true));
        }
    }

    private static void AppendLine(StringBuilder lines, int row, float score, AnomalyDetector detector) =>
        lines.Append(CultureInfo.InvariantCulture,
            $"{row},{score:R},{detector.Percentile(score):R},{(detector.IsAnomaly(score) ? "anomaly" : "normal")}\n");

    private static void WarnOfNotFinite(List<int> rows, Terminal terminal)
    {
        if (rows.Count == 0) return;
        string named = string.Join(", ", rows.Take(NamedRows)) + (rows.Count > NamedRows ? ", ..." : "");
        terminal.Warn(string.Create(CultureInfo.InvariantCulture,
            $"{rows.Count} row(s) have no finite score and are given {float.MaxValue:R}: row {named}. "
            + $"A feature there is not finite or lies very far from the training data."));
    }
}
