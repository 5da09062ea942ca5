using System.CommandLine;
using System.Globalization;
using IadNative.Reproduction.Figures;
using IadNative.Compute;
using IadNative.Compute.Cpu;
using IadNative.Data;

namespace IadNative.Reproduction;

/// <summary><c>iad reproduce</c>: the tables and figures of the paper.</summary>
internal static class ReproduceCommand
{
    /// <summary>Shown at the end of its help.</summary>
    public const string Examples = """
          iad reproduce table2 --data data --seeds 10 --out reproduction
          iad reproduce table2 --data data --models svdd --datasets cardio,thyroid --json table2.json
          iad reproduce table3 --data data --datasets mnist --classes 0,1,2 --seeds 1
          iad reproduce figure6 --data data --quick
        """;

    private const string TrialFolder = "trials";

    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal, CudaAccess cuda, CancellationToken cancellationToken)
    {
        var command = new Command("reproduce", "Reproduce a table or figure of the paper on its data sets.");
        var syntax = new ReproduceSyntax();
        syntax.AddTo(command);
        command.SetAction(parsed => Run(syntax.Bind(parsed), terminal, cuda, cancellationToken));
        return command;
    }

    private static int Run(ReproduceArguments arguments, Terminal terminal, CudaAccess cuda, CancellationToken cancellationToken)
    {
        IReadOnlyList<Cell> cells = arguments.Cells();
        var data = new DataFolder(arguments.Data, cancellationToken);
        foreach (PaperDataset dataset in cells.Select(cell => cell.Dataset).Distinct()) data.Load(dataset);
        OutputFile.CheckBeside(arguments.Out, arguments.Json, "--json", [.. data.Places()]);
        using var store = new ResultStore(Path.Combine(arguments.Out, TrialFolder));
        using TrainingDevice training = TrainingDevice.Open(arguments.Device, allowTf32: false, cuda, terminal);
        IDevice device = training.Device ?? new CpuDevice(1);
        int workers = training.Device is not null ? 1 : arguments.Threads == 0 ? Environment.ProcessorCount : arguments.Threads;
        var runner = new TrialRunner(device, EngineIdentity.Of(device, training.Cuda), data, store, workers);
        Trial[] trials = [.. cells.SelectMany(arguments.TrialsOf)];
        TrialResult?[] results = runner.Find(trials);
        terminal.Err.WriteLine(Title(arguments, cells, results));
        WeightsFigure? figure = null;
        bool complete = TryRun(terminal, report =>
        {
            runner.Complete(trials, results, report, cancellationToken);
            if (arguments.Experiment.LooksAtRounds) figure = runner.LookAtRounds(trials[0], report, cancellationToken);
        });
        if (!complete)
        {
            terminal.Fail(string.Create(CultureInfo.InvariantCulture,
                $"cancelled; {results.Count(result => result is not null)} of {results.Length} trainings are kept in "
                + $"'{arguments.Out}', and the same command goes on from there."));
            return ExitCodes.Cancelled;
        }

        CellSummary[] summaries = [.. trials.Zip(results, (trial, result) => (Trial: trial, Result: result!))
            .GroupBy(pair => pair.Trial.Cell, ReferenceEqualityComparer.Instance)
            .Select(group => CellSummary.Of((Cell)group.Key!, [.. group]))];
        var report = new ReproductionReport(
            ReproductionReport.CurrentSchema, Product.Build, arguments.Experiment.Name, arguments.Experiment.Title,
            device.Description, arguments.FirstSeed, summaries, Agreement.Of(summaries),
            arguments.Experiment.IsGrid ? RankedSetting.Rank(summaries) : null,
            figure ?? arguments.Experiment.Figure?.Invoke(summaries));
        ReportFiles.WriteNumbers(arguments, report, terminal);
        if (arguments.Json != OutputFile.StandardOutput)
        {
            ReportTables.Write(terminal.Output, report);
            terminal.Out.WriteLine($"Results are in '{arguments.Out}'.");
        }

        // Last: whatever goes wrong in a picture, the numbers are there.
        ReportFiles.WritePictures(arguments, report);
        return ExitCodes.Success;
    }

    /// <summary>Runs a job with progress; false when it was cancelled.</summary>
    private static bool TryRun(Terminal terminal, Action<Action<ProgressStep>> job)
    {
        try
        {
            return ProgressDisplay.Run(terminal, TimeProvider.System, report =>
            {
                job(report);
                return true;
            });
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private static string Title(ReproduceArguments arguments, IReadOnlyList<Cell> cells, TrialResult?[] results)
    {
        int found = results.Count(result => result is not null);
        string before = found == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", {found} of them done before");
        return string.Create(CultureInfo.InvariantCulture,
            $"{arguments.Experiment.Title}: {cells.Count} cells, {results.Length} trainings{before}");
    }
}
