using System.CommandLine;
using IadNative.Data;
using IadNative.Data.Reading;

namespace IadNative.Cli;

/// <summary><c>iad score</c>: applies a saved detector to data.</summary>
internal static class ScoreCommand
{
    /// <summary>Shown at the end of its help.</summary>
    public const string Examples = """
          iad score model.iad new.csv --out scores.csv
          iad score model.iad satellite.csv.gz --label label > scores.csv
          iad score model.iad day.jsonl.zst --id request --out scores.csv
          iad score autoencoder.iad new.csv --explain --out explained.csv
          iad score threes.iad t10k-images-idx3-ubyte.gz --out scores.csv
        """;

    // In the order of FormulaGuard.
    private static readonly string[] s_formulaWords = ["guard", "guard-all", "keep"];

    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal, CancellationToken cancellationToken)
    {
        var command = new Command("score", "Score data with a saved detector: CSV with row, score, percentile, p-value and label.");
        var model = new Argument<string>("MODEL") { Description = "The model file that 'iad fit --out' wrote." };
        Argument<string> data = DataInput.DataArgument(
            "The data to score: a table with the model's columns, which are found by their names, or '-' for standard input; images for "
            + "a model of images.");
        Option<string?> label = DataInput.LabelOption("Column (or array) with labels: left out, and compared with the verdicts.");
        Option<string> missing = ModelData.MissingOption();
        Option<bool> byPosition = CommandOptions.Flag("--by-position", "Take the columns by their place, whatever they are called.");
        var reading = new ReadingSyntax();
        Option<string?> output = CommandOptions.Text("--out", "FILE", "Write the CSV to this file instead of standard output.");
        Option<bool> explain = CommandOptions.Flag("--explain",
            "One more column per feature with what it adds to the score.");
        Option<int?> top = CommandOptions.OptionalNumber<int>("--explain-top", "N",
            "One more column with the N features that add most to the score, each with what it adds.");
        Option<int> threads = CommandOptions.Number("--threads", "N",
            "Threads that score and, of Parquet, read columns; the output is the same with any number. 0 takes one per core, 1 no other.", 0);
        Option<LoadOptions> limit = MemoryLimit.Option();
        Option<string> formulas = CommandOptions.Choice("--formulas",
            "Names that a spreadsheet would take for formulas, as =1+1: guard puts an apostrophe in front of columns' names, guard-all in front of "
            + "what --id passes through too, keep none.", s_formulaWords[0], s_formulaWords);
        Option[] options = [label, missing, byPosition, .. reading.All, output, explain, top, formulas, threads, limit];
        command.Add(model);
        command.Add(data);
        foreach (Option option in options) command.Add(option);
        command.SetAction(parsed => Run(
            parsed.GetRequiredValue(model), MemoryLimit.Of(parsed, limit),
            new DataInput(parsed.GetRequiredValue(data), parsed.GetValue(label), parsed.GetRequiredValue(missing))
            {
                Reading = reading.Bind(parsed) with { Threads = CheckThreads(parsed.GetValue(threads)) },
            },
            parsed.GetValue(byPosition), parsed.GetValue(output), new Explanation(parsed.GetValue(explain), parsed.GetValue(top)),
            (FormulaGuard)Array.IndexOf(s_formulaWords, parsed.GetRequiredValue(formulas)), terminal, cancellationToken));
        return command;
    }

    private static int Run(
        string model, LoadOptions load, DataInput input, bool byPosition, string? output, Explanation explanation, FormulaGuard formulas,
        Terminal terminal, CancellationToken cancellationToken)
    {
        if (explanation.Top < 1) throw new BadInputException($"--explain-top {explanation.Top} is no number of features; give 1 or more.");
        OutputFile.Check(output, "--out", model, input.Path);
        AnomalyDetector detector = ModelData.WithMissing(ModelInput.Read(model, load, terminal), input.Missing);
        TableReader reader = ModelData.Open(detector, input, byPosition, cancellationToken);
        var place = new ScoreOutput(output, terminal);
        var scoring = new ScoreStream(detector, reader, explanation, place.Text(formulas), input.Reading.Threads);
        try
        {
            foreach (string note in reader.Notes) terminal.Note($"{reader.Name}: {note}");
            place.Write((write, report) => scoring.Run(write, report, cancellationToken));
        }
        finally
        {
            if (!scoring.IsReading) reader.Dispose();
        }

        foreach (string note in scoring.Notes()) terminal.Warn($"{reader.Name}: {note}");
        if (scoring.Verdicts() is { } verdicts) terminal.Note($"{reader.Name}: {verdicts}");
        return ExitCodes.Success;
    }

    private static int CheckThreads(int threads) =>
        threads >= 0 ? threads : throw new BadInputException($"--threads {threads} is no number of threads; give 0 or more.");
}
