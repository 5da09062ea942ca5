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
        Option<string> output = FleetSyntax.FolderOption();
        Option<string?> cluster = FleetPlace.ClusterOption("In place of --out: submit the plan to the nodes of this database, and wait for them.");
        Option<string?> name = CommandOptions.Text("--name", "NAME", "With --cluster: what lists call the fleet. [default: the first of the SOURCES]");
        Option<bool> detach = CommandOptions.Flag("--detach", "With --cluster: print the fleet's id and do not wait.");
        syntax.AddTo(command);
        foreach (Option option in (Option[])[output, workers, shard, cluster, name, detach]) command.Add(option);
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(cluster) is { } connection)
            {
                if (new Option[] { output, workers, shard }.FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false }) is { } other)
                    throw new BadInputException($"--cluster leaves the work to nodes; leave {other.Name} away.");
                return Submit(parsed, syntax, connection, parsed.GetValue(name), parsed.GetValue(detach), terminal, cancellationToken);
            }

            if (parsed.GetValue(name) is not null || parsed.GetValue(detach)) throw new BadInputException("--name and --detach are for --cluster.");
            string path = parsed.GetValue(output) ?? throw new BadInputException("say with --out which folder the fleet is in, or with --cluster which nodes fit it.");
            return Run(parsed, syntax, path, parsed.GetValue(workers), ShardChoice.Parse(parsed.GetValue(shard), Environment.GetEnvironmentVariable),
                terminal, cancellationToken);
        });
        return command;
    }

    private static int Submit(
        ParseResult parsed, FleetSyntax syntax, string connection, string? name, bool isDetached, Terminal terminal, CancellationToken cancellationToken)
    {
        using ClusterPlace place = ClusterPlace.ForNew(connection, name ?? syntax.FirstSource(parsed) ?? "fleet");
        if (syntax.Plan(parsed, place, terminal, cancellationToken) is null)
            throw new BadInputException("--cluster needs SOURCES; of a fleet that was submitted, 'iad fleet status ID --cluster CONNECTION' says how far it is.");
        terminal.Say($"Submitted as fleet {place.Id}.");
        if (!isDetached) return ClusterWatch.Run(place, terminal, cancellationToken);
        terminal.Out.WriteLine(place.Id);
        return ExitCodes.Success;
    }

    private static int Run(
        ParseResult parsed, FleetSyntax syntax, string path, int workers, Shard shard, Terminal terminal, CancellationToken cancellationToken)
    {
        if (workers is < 0 or > 4096) throw new BadInputException(Invariant($"--workers is {workers}; allowed is 0 (one per core) to 4,096."));
        using FolderPlace place = FolderPlace.Open(path, terminal);
        FleetFolder folder = place.Folder;
        OutputFile.CheckName(folder.Path, "--out");
        FleetPlan plan = syntax.Plan(parsed, place, terminal, cancellationToken) ?? place.ReadPlan();
        OutputFile.CheckFolder(folder.Path, "--out");
        // First the watch: a request that comes now is one to this process too.
        using FleetStop stop = folder.StopWhenAsked(cancellationToken);
        folder.ClearCancel();
        try
        {
            FleetRun run = ProgressDisplay.Run(terminal, TimeProvider.System, report => FleetPlace.Wait(new FleetRunner(folder.Partitions, folder.Results)
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
        bool hasAlarms = FleetPlace.Tell(run.Alarms, terminal);
        if (run.Failures > 0)
        {
            terminal.Fail(Invariant($"{run.Failures} fit(s) failed. 'iad fleet results {path}' says why, and 'iad fleet retry {path}' forgets it, ")
                + "so that they are tried again.");
        }

        return run.Failures > 0 || hasAlarms ? ExitCodes.Failed : ExitCodes.Success;
    }

    private sealed class Reporter(Action<ProgressStep> report) : IProgress<FleetProgress>
    {
        public void Report(FleetProgress value) => report(new ProgressStep(
            value.Jobs == 0 ? 1 : (double)value.Ended / value.Jobs, Invariant($"{value.Ended} of {value.Jobs} fits, {value.Failed} failed"), Milestone: true));
    }
}
