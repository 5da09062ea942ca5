using System.CommandLine;
using System.Text.Json;

namespace IadNative.Cli;

/// <summary><c>iad drift</c>: how far data have moved since a detector was trained.</summary>
internal static class DriftCommand
{
    /// <summary>Shown at the end of its help.</summary>
    public const string Examples = """
          iad drift model.iad new.csv
          iad drift model.iad new.csv --json drift.json
          iad drift model.iad satellite.csv.gz --label label
          iad drift model.iad day.jsonl.zst --id request --json -
        """;

    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal, CancellationToken cancellationToken)
    {
        var command = new Command("drift",
            "Compare data with those that a detector was trained on: scores and columns. The exit code is 3 where it is time to fit again.");
        var model = new Argument<string>("MODEL") { Description = "The model file that 'iad fit --out' wrote." };
        Argument<string> data = DataInput.DataArgument(
            "The data to compare: a table with the model's columns, which are found by their names, or '-' for standard input; images for "
            + "a model of images.");
        Option<string?> label = DataInput.LabelOption("Column (or array) with labels: left out.");
        Option<string> missing = ModelData.MissingOption();
        Option<bool> byPosition = CommandOptions.Flag("--by-position", "Take the columns by their place, whatever they are called.");
        var reading = new ReadingSyntax();
        Option<string?> json = JsonOutput.Option();
        Option<LoadOptions> limit = MemoryLimit.Option();
        Option[] options = [label, missing, byPosition, .. reading.All, json, limit];
        command.Add(model);
        command.Add(data);
        foreach (Option option in options) command.Add(option);
        command.SetAction(parsed => Run(
            parsed.GetRequiredValue(model), MemoryLimit.Of(parsed, limit),
            new DataInput(parsed.GetRequiredValue(data), parsed.GetValue(label), parsed.GetRequiredValue(missing))
            {
                Reading = reading.Bind(parsed),
            },
            parsed.GetValue(byPosition), parsed.GetValue(json), terminal, cancellationToken));
        return command;
    }

    private static int Run(
        string model, LoadOptions load, DataInput input, bool byPosition, string? json, Terminal terminal, CancellationToken cancellationToken)
    {
        OutputFile.Check(json, "--json", model, input.Path);
        AnomalyDetector detector = ModelData.WithMissing(ModelInput.Read(model, load, terminal), input.Missing);
        Dataset data = ModelData.Read(detector, input, byPosition, cancellationToken);
        foreach (string note in data.Notes) terminal.Note($"{data.Name}: {note}");

        // The reader has found the columns already, and put them into the model's places.
        DriftReport report = detector.Drift(data, byPosition: true);
        if (report.Columns.Count == 0)
            terminal.Warn($"{data.Name}: the model was saved by an early version, which did not keep what its columns were like; only scores are compared.");
        int code = ResultFiles.Deliver(terminal, files => JsonOutput.Write(files, json, Json), _ =>
        {
            if (json == OutputFile.StandardOutput) JsonOutput.Print(terminal, Json);
            else DriftTables.Write(terminal, data.Name, report);
        });
        return code == ExitCodes.Success && report.ShouldRefit ? ExitCodes.Drifted : code;

        void Json(Utf8JsonWriter writer) => DriftJson.Write(writer, data.Name, report);
    }
}
