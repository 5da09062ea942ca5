using System.CommandLine;
using System.Globalization;
using IadNative.Fleet;
using IadNative.Persistence;

namespace IadNative.Cli.Fleet;

/// <summary><c>iad fleet results</c>: one line a fit.</summary>
internal static class FleetResultsCommand
{
    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal, CancellationToken cancellationToken)
    {
        var command = new Command("results", "List all fits with what came of them, as CSV, in the order of the plan.");
        Func<ParseResult, Terminal, FleetPlace> placeOf = FleetPlace.AddTo(command);
        Option<string?> output = CommandOptions.Text("--out", "FILE", "Write the CSV to this file instead of standard output.");
        command.Add(output);
        command.SetAction(parsed =>
        {
            using FleetPlace place = placeOf(parsed, terminal);
            return Run(place, parsed.GetValue(output), terminal, cancellationToken);
        });
        return command;
    }

    private static int Run(FleetPlace place, string? output, Terminal terminal, CancellationToken cancellationToken)
    {
        OutputFile.Check(output, "--out", place.PlanFile);
        FleetPlan plan = place.ReadPlan();
        bool isPrinted = output is null or OutputFile.StandardOutput;
        var csv = new CsvText(FormulaGuard.Guard, isScreen: isPrinted && terminal.OutputIsScreen);
        if (isPrinted)
        {
            Write(terminal.Data);
            terminal.Data.Flush();
            return ExitCodes.Success;
        }

        AtomicFile.Write(output!, stream =>
        {
            using var writer = new StreamWriter(stream, leaveOpen: true);
            Write(writer);
        });
        return ExitCodes.Success;

        void Write(TextWriter writer)
        {
            writer.Write("job,partition,options,seed,status,auc,rounds,threshold,flagged,seconds,digest,message\n");
            for (long number = 0; number < plan.Jobs; number++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                FleetJob job = plan.JobAt(number);
                writer.Write(Line(job, FleetPlace.Wait(place.Results.FindAsync(job.Key, cancellationToken)), csv));
            }
        }
    }

    private static string Line(FleetJob job, JobResult? result, CsvText csv)
    {
        FittedDetector? detector = result?.Detector;
        string status = result is null ? "missing" : detector is null ? "failed" : "done";
        string message = detector is null ? result?.Failure?.Message ?? "" : string.Join(' ', detector.Alarms);
        return string.Create(CultureInfo.InvariantCulture,
            $"{job.Number},{csv.Value(job.Partition.Name)},{csv.Value(job.Options.ToString())},{job.Seed},{status},{detector?.Auc:R},{detector?.Rounds},")
            + string.Create(CultureInfo.InvariantCulture,
                $"{detector?.Threshold:R},{detector?.Flagged},{result?.Seconds:R},{detector?.Digest},{csv.Value(message.ReplaceLineEndings(" "))}\n");
    }
}
