using System.CommandLine;
using IadNative.Fleet;
using static System.FormattableString;

namespace IadNative.Cli.Fleet;

/// <summary><c>iad fleet fit</c>: fits what the plan says and has no result yet.</summary>
internal static class FleetFitCommand
{
    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal, CancellationToken cancellationToken)
    {
        var command = new Command("fit",
            "Fit the plan, here made or there already; what has a result is not done again. Any number of processes may share the folder.");
        var syntax = new FleetSyntax();
        Option<int> workers = CommandOptions.Number("--workers", "N", "Fits side by side, each on one thread; 0 for one per core.", 0);
        Option<string?> shard = CommandOptions.Text("--shard", "i/n|auto",
            "Do only the fits whose number, divided by n, leaves i; auto takes both from the variables of a job array (Slurm, Kubernetes, AWS Batch, "
            + "Cloud Run).");
        syntax.AddTo(command);
        command.Add(workers);
        command.Add(shard);
        command.SetAction(parsed => Run(parsed, syntax, parsed.GetValue(workers), ShardChoice.Parse(parsed.GetValue(shard), Environment.GetEnvironmentVariable),
            terminal, cancellationToken));
        return command;
    }

    private static int Run(ParseResult parsed, FleetSyntax syntax, int workers, Shard shard, Terminal terminal, CancellationToken cancellationToken)
    {
        if (workers is < 0 or > 4096) throw new BadInputException(Invariant($"--workers is {workers}; allowed is 0 (one per core) to 4,096."));
        string path = syntax.FolderOf(parsed);
        FleetFolder folder = FleetInput.Open(path, terminal);
        FleetPlan plan = syntax.Plan(parsed, folder, terminal, cancellationToken) ?? FleetInput.ReadPlan(folder, path);
        OutputFile.CheckFolder(folder.Path, "--out");
        folder.ClearCancel();
        using FleetStop stop = folder.StopWhenAsked(cancellationToken);
        try
        {
            FleetRun run = ProgressDisplay.Run(terminal, TimeProvider.System, report => FleetInput.Wait(new FleetRunner(folder.Partitions, folder.Results)
            {
                Workers = workers == 0 ? Math.Min(Environment.ProcessorCount, 4096) : workers,
                Shard = shard,
                // Shares do not meet, and each claim lists those of all others.
                Claims = shard == Shard.Whole ? folder.Claims : null,
                Progress = new Reporter(report),
            }.RunAsync(plan, stop.Token)));
            return Close(run, path, terminal);
        }
        catch (OperationCanceledException)
        {
            terminal.Note($"{(stop.WasAsked ? "stopped by 'iad fleet cancel'" : "cancelled")}; finished results are kept, and 'iad fleet fit --out {path}' goes on.");
            return ExitCodes.Cancelled;
        }
    }

    private static int Close(FleetRun run, string path, Terminal terminal)
    {
        double perSecond = run.Seconds > 0 ? run.Fitted / run.Seconds : 0;
        terminal.Say(Invariant($"{run.Jobs} fits: {run.Fitted} done in {Durations.Format(TimeSpan.FromSeconds(run.Seconds))} ({perSecond:F1} a second), ")
            + Invariant($"{run.Found} had a result, {run.NewFailures} failed now."));
        foreach (DigestAlarm alarm in run.Alarms)
        {
            terminal.Fail($"two results of one engine for {alarm.Key} differ: {alarm.Stored} is stored, {alarm.Second} came now. The machine or the "
                + "program is at fault; do not trust this fleet.");
        }

        if (run.Failures > 0)
        {
            terminal.Fail(Invariant($"{run.Failures} fit(s) failed. 'iad fleet results {path}' says why, and 'iad fleet retry {path}' forgets it, ")
                + "so that they are tried again.");
        }

        return run.Failures > 0 || run.Alarms.Count > 0 ? ExitCodes.Failed : ExitCodes.Success;
    }

    private sealed class Reporter(Action<ProgressStep> report) : IProgress<FleetProgress>
    {
        public void Report(FleetProgress value) => report(new ProgressStep(
            value.Jobs == 0 ? 1 : (double)value.Ended / value.Jobs, Invariant($"{value.Ended} of {value.Jobs} fits, {value.Failed} failed"), Milestone: true));
    }
}
