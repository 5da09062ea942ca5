using System.CommandLine;
using System.Globalization;
using IadNative.Compute;
using IadNative.Compute.Cpu;
using IadNative.Cuda;
using IadNative.Data;
using IadNative.Messages;
using IadNative.Reproduction.Figures;

namespace IadNative.Reproduction;

/// <summary>The program's command: the tables and figures of the paper.</summary>
internal static class ReproduceCommand
{
    /// <summary>Shown at the end of its help.</summary>
    public const string Examples = """
          IadNative.Reproduction table2 --data data --seeds 10 --out reproduction
          IadNative.Reproduction table2 --data data --models svdd --datasets cardio,thyroid --json table2.json
          IadNative.Reproduction table6 --data data --datasets mnist --classes 0,1,2 --seeds 1
          IadNative.Reproduction table3 --data data --datasets mnist --classes 0,1,2 --seeds 1
          IadNative.Reproduction figure6 --data data --quick
        """;

    private const string TrialFolder = "trials";

    /// <summary>Runs one command line.</summary>
    /// <param name="args">The arguments, without the program's name.</param>
    /// <param name="output">Standard output.</param>
    /// <param name="error">Standard error.</param>
    /// <param name="cuda">The way to CUDA; null for the machine's own.</param>
    /// <param name="cancellationToken">Stops the job in good order.</param>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public static int Run(
        IReadOnlyList<string> args, TextWriter output, TextWriter error, CudaAccess? cuda = null,
        CancellationToken cancellationToken = default)
    {
        var terminal = new Terminal(output, error);
        return ProgramCommand.Run(terminal, args, () => Create(terminal, cuda ?? CudaAccess.Native, cancellationToken));
    }

    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal, CudaAccess cuda, CancellationToken cancellationToken)
    {
        var command = new Command("IadNative.Reproduction", "Reproduce a table or figure of the paper on its data sets.");
        var syntax = new ReproduceSyntax();
        syntax.AddTo(command);
        command.SetAction(parsed => Run(syntax.Bind(parsed), terminal, cuda, cancellationToken));
        ProgramCommand.AddHelpAndVersion(command, new Dictionary<Command, string> { [command] = Examples });
        return command;
    }

    private static int Run(ReproduceArguments arguments, Terminal terminal, CudaAccess cuda, CancellationToken cancellationToken)
    {
        IReadOnlyList<Cell> cells = arguments.Cells();
        var data = new DataFolder(arguments.Data, cancellationToken);
        foreach (PaperDataset dataset in cells.Select(cell => cell.Dataset).Distinct()) data.Load(dataset);
        OutputFile.CheckBeside(arguments.Out, arguments.Json, "--json", [.. data.Places()]);
        using TrainingDevice training = TrainingDevice.Open(arguments.Device, arguments.Threads, new CudaOptions(), cuda, terminal);
        IDevice device = training.Device ?? new CpuDevice(1);
        int workers = training.Device is not null ? 1 : arguments.Threads == 0 ? Environment.ProcessorCount : arguments.Threads;
        var store = new ResultStore(Path.Combine(arguments.Out, TrialFolder), EngineIdentity.Of(device, (training.Device as CudaDevice)?.Info),
            arguments.SameEngine, TimeProvider.System, terminal.Note);
        var runner = new TrialRunner(device, data, store, workers);
        Trial[] trials = [.. cells.SelectMany(arguments.TrialsOf)];
        TrialResult?[] results = runner.Find(trials);
        terminal.Say(Title(arguments, cells, results));
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
        return ResultFiles.Deliver(
            terminal,
            files =>
            {
                ReportFiles.WriteNumbers(arguments, report, files);
                ReportFiles.WritePictures(arguments, report, files);
            },
            _ =>
            {
                if (store.Unchecked > 0) terminal.Note(DescribeUnchecked(store.Unchecked, arguments.Out));
                if (arguments.Json == OutputFile.StandardOutput)
                {
                    terminal.Data.Write(ReportFiles.Json(report));
                    terminal.Data.Flush();
                    return;
                }

                ReportTables.Write(terminal.Output, report);
                terminal.Out.WriteLine(ForeignText.Plain($"Results are in '{arguments.Out}'."));
            });
    }

    private static string DescribeUnchecked(int results, string folder) => string.Create(CultureInfo.InvariantCulture,
        $"{results} of the stored results are of an earlier version, which wrote no checksum. They are whole, and count; whether ")
        + $"somebody edited them cannot be told. To have them trained again, delete their files in '{Path.Combine(folder, TrialFolder)}'.";

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
