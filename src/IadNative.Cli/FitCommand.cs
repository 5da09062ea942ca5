using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using IadNative.Cli.FitReport;
using IadNative.Cli.Html;
using IadNative.Data;
using IadNative.Data.Formats;
using IadNative.Data.Reading;
using IadNative.Detectors;
using IadNative.Iad;
using IadNative.Messages;

namespace IadNative.Cli;

/// <summary><c>iad fit</c>: learns a detector from contaminated data.</summary>
internal static class FitCommand
{
    /// <summary>Shown at the end of its help.</summary>
    public const string Examples = """
          iad fit data.csv --out model.iad
          iad fit satellite.csv.gz --label label --report report.html
          iad fit satellite.csv.gz --label label --model svdd --seeds 5 --json report.json
          iad fit data.npy --model ae --network 64-16-4 --threshold quantile:0.95 --out model.iad
          iad fit billions.parquet --out-of-core --temp /scratch --out model.iad
          iad fit data.csv --model maf --degrees spread --ensemble 5 --out model.iad
          iad fit --from model.iad new.csv --out newer.iad
          iad fit data/mnist --images --normal-class 3 --contamination 0.2 --out threes.iad
        """;

    private static readonly string[] s_labelNames = ["label", "labels", "class", "target", "outlier", "anomaly", "is_anomaly"];

    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal, CudaAccess cuda, CancellationToken cancellationToken)
    {
        var command = new Command("fit", "Learn a detector from data that may contain anomalies.");
        var syntax = new FitSyntax();
        syntax.AddTo(command);
        command.SetAction(parsed => Run(syntax.Bind(parsed), terminal, cuda, cancellationToken));
        return command;
    }

    private static int Run(FitArguments arguments, Terminal terminal, CudaAccess cuda, CancellationToken cancellationToken)
    {
        CheckOutputs(arguments);
        AnomalyDetector? start = arguments.From is null ? null : ModelInput.Read(arguments.From, arguments.Load, terminal);
        using TemporaryFolder? folder = arguments.OutOfCore ? TemporaryPlace.Open(arguments.TemporaryFolder) : null;
        // A table that takes long to read is not read before it is known what trains on it.
        using TrainingDevice? early = folder is null ? null : OpenDevice();
        Dataset data = folder is null ? ReadData(arguments, start, cancellationToken) : ReadOutOfCore(arguments, folder, terminal, cancellationToken);
        WarnOfLabelAmongFeatures(arguments, data, terminal);
        FitOptions options = start is null ? arguments.OptionsFor(data) : arguments.RefitOptions.For(start.Options, start.Seed);
        using TrainingDevice? late = early is null ? OpenDevice() : null;
        TrainingDevice device = (early ?? late)!;
        foreach (string note in data.Notes) terminal.Note($"{data.Name}: {note}");
        terminal.Say(Title(arguments, data, options));
        FitResult result = ProgressDisplay.Run(terminal, TimeProvider.System, report => start is null
            ? DetectorFit.Run(data, options with { Device = device.Device }, new TrainingReporter(report), cancellationToken, mayUseUp: true, folder: folder,
                rows: rows => report(Step(data.Name, rows)))
            : DetectorRefit.Run(
                start, data, arguments.RefitOptions with { Device = device.Device }, new TrainingReporter(report), cancellationToken, mayUseUp: true));
        foreach (string note in result.Notes) terminal.Warn($"{data.Name}: {note}");
        int code = Deliver(arguments, data, result, terminal);
        if (!result.Alarms.Any(alarm => alarm.Kind == AlarmKind.DeviceFailed)) return code;
        terminal.Fail("the device failed before training was done; what was finished until then is kept.");
        return ExitCodes.Failed;

        TrainingDevice OpenDevice() => TrainingDevice.Open(arguments.Device, arguments.Options.Threads, arguments.Cuda, cuda, terminal);
    }

    private static void CheckOutputs(FitArguments arguments)
    {
        if (arguments.Out == OutputFile.StandardOutput)
            throw new BadInputException("--out needs the name of a file; a model does not go to standard output.");
        OutputFile.Check(arguments.Out, "--out", arguments.Data.Path);
        if (arguments.Report == OutputFile.StandardOutput)
            throw new BadInputException("--report needs the name of a file; a page does not go to standard output.");
        OutputFile.Check(arguments.Json, "--json", arguments.Data.Path, arguments.From, arguments.Out);
        OutputFile.Check(arguments.Report, "--report", arguments.Data.Path, arguments.From, arguments.Out, arguments.Json);
    }

    private static Dataset ReadData(FitArguments arguments, AnomalyDetector? start, CancellationToken cancellationToken) =>
        Scenarios(arguments, start is null ? ReadData(arguments, cancellationToken) : ModelData.Read(start, arguments.Data, byPosition: false, cancellationToken));

    private static Dataset ReadOutOfCore(FitArguments arguments, TemporaryFolder folder, Terminal terminal, CancellationToken cancellationToken)
    {
        DataInput input = arguments.Data;
        RefuseFolder(input);
        using TableReader reader = input.Open(new ReadRequest(input.Options, ReaderLimits.OutOfCore), cancellationToken);
        return ProgressDisplay.Run(terminal, TimeProvider.System, report => DatasetReader.ReadOutOfCore(
            reader, input.Options, folder, cancellationToken, rows => report(Step(reader.Name, rows))));
    }

    private static ProgressStep Step(string name, RowProgress rows)
    {
        string doing = rows.Stage switch
        {
            RowStage.Reading => "reading",
            RowStage.Checking => "checking",
            RowStage.Preparing => "preparing",
            _ => "scoring",
        };
        return new ProgressStep(rows.Fraction, string.Create(CultureInfo.InvariantCulture, $"{doing} {name}, {rows.Rows} rows"), Milestone: true) { Job = doing };
    }

    private static void RefuseFolder(DataInput input)
    {
        if (!input.Images && Directory.Exists(input.Path))
            throw new BadInputException($"'{input.Path}' is a folder; give a file or, if it holds images, add --images.");
    }

    private static Dataset ReadData(FitArguments arguments, CancellationToken cancellationToken)
    {
        DataInput input = arguments.Data;
        RefuseFolder(input);
        Dataset data = input.Read(cancellationToken);
        if (input.Images && data.Image is null)
            throw new BadInputException($"{data.Name} holds a table, not images. Leave --images away.");
        if (!input.Images && data.Image is not null)
        {
            throw new BadInputException(
                $"{data.Name} holds images of {data.Image} pixels. Add --images, which prepares them and changes some defaults.");
        }

        return data;
    }

    private static Dataset Scenarios(FitArguments arguments, Dataset data)
    {
        if (arguments.NormalClasses is { } normal) data = Scenario.WithNormal(data, normal);
        if (arguments.Contamination is not { } contamination) return data;
        if (data.Labels is null)
        {
            throw new BadInputException($"--contamination draws from the anomalies of {data.Name}, which are not known. "
                + "Say what is normal with --normal-class or, for a table, name its labels with --label.");
        }

        return Scenario.Contaminate(data, contamination, arguments.Options.Training.Seed);
    }

    private static void WarnOfLabelAmongFeatures(FitArguments arguments, Dataset data, Terminal terminal)
    {
        if (arguments.Data.Label is not null) return;
        string? suspect = data.FeatureNames.FirstOrDefault(name => s_labelNames.Contains(name, StringComparer.OrdinalIgnoreCase));
        if (suspect is not null)
        {
            terminal.Warn($"the column '{suspect}' is used as a feature. If it holds labels, add --label {suspect}, "
                + "or the detector learns from the answer.");
        }
    }

    private static string Title(FitArguments arguments, Dataset data, FitOptions options) => string.Create(CultureInfo.InvariantCulture,
        $"Training {FitDescription.Model(options)} on {data.Name} ({data.Rows} x {data.Columns}): {(arguments.From is null ? FitDescription.Rounds(options) : $"on from {ForeignText.Plain(arguments.From)}")}");

    private static int Deliver(FitArguments arguments, Dataset data, FitResult result, Terminal terminal)
    {
        float threshold = result.Detector.Threshold;
        return ResultFiles.Deliver(
            terminal,
            files =>
            {
                files.Write(arguments.Out, result.Detector.Save);
                JsonOutput.Write(files, arguments.Json, Json);
                files.Write(arguments.Report, path => Page.Write(path, FitReportPage.Create(arguments, data, result)));
            },
            files =>
            {
                if (arguments.Json == OutputFile.StandardOutput)
                {
                    foreach (Alarm alarm in result.Alarms) terminal.Warn(FitDescription.Alarm(alarm));
                    JsonOutput.Print(terminal, Json);
                    return;
                }

                FitTables.WriteRounds(terminal.Output, result);
                FitTables.WriteSummary(terminal.Output, data, result, threshold);
                terminal.Out.WriteLine(ForeignText.Plain(Closing(arguments, result.Detector, files)));
            });

        void Json(Utf8JsonWriter json) => FitJson.Write(json, arguments, data, result, threshold);
    }

    private static string Closing(FitArguments arguments, AnomalyDetector detector, ResultFiles files)
    {
        string saved = arguments.Out is null ? "The detector was not saved; --out MODEL saves it."
            : !files.Has(arguments.Out) ? "The detector could not be saved."
            : string.Create(CultureInfo.InvariantCulture,
                $"Saved the detector of seed {detector.Seed}, round {detector.Round}, to {arguments.Out}.");
        return files.Has(arguments.Report) ? $"{saved} The report is in {arguments.Report}." : saved;
    }

    /// <summary>Turns the library's reports into steps of the display, at once and on the reporting thread.</summary>
    private sealed class TrainingReporter(Action<ProgressStep> report) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => report(new ProgressStep(value.Fraction,
            string.Create(CultureInfo.InvariantCulture, $"round {value.Round} of {value.Rounds}"), value.Completed.Count > 0) { Job = "training" });
    }
}
