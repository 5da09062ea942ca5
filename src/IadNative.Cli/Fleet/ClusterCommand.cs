using System.CommandLine;
using IadNative.Fleet.PostgreSql;
using static System.FormattableString;

namespace IadNative.Cli.Fleet;

/// <summary><c>iad cluster</c>: the database by which a cluster works.</summary>
internal static class ClusterCommand
{
    /// <summary>Shown at the end of its help.</summary>
    public const string Examples = """
          iad cluster init --cluster 'Host=db;Database=iad;Username=iad'
          iad cluster fleets --cluster 'Host=db;Database=iad;Username=iad'
        """;

    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal, CancellationToken cancellationToken) => new("cluster",
        "The database of a cluster: make its tables, list what was submitted. Nodes ('iad-node') and 'iad fleet fit --cluster' need no more than that.")
    {
        Init(terminal, cancellationToken),
        List(terminal, cancellationToken),
    };

    private static Command Init(Terminal terminal, CancellationToken cancellationToken)
    {
        var command = new Command("init", "Make the tables of fleets, and those by which nodes find each other; what is there stays.");
        Option<string?> cluster = Required();
        command.Add(cluster);
        command.SetAction(parsed =>
        {
            using PostgreSqlFleets fleets = ClusterPlace.Open(parsed.GetRequiredValue(cluster)!);
            fleets.CreateTablesAsync(cancellationToken).GetAwaiter().GetResult();
            terminal.Say("The tables are there.");
            return ExitCodes.Success;
        });
        return command;
    }

    private static Command List(Terminal terminal, CancellationToken cancellationToken)
    {
        var command = new Command("fleets", "List the fleets that were submitted, the last first: id, state, fits, done, failed, submitted, name.");
        Option<string?> cluster = Required();
        command.Add(cluster);
        command.SetAction(parsed =>
        {
            using PostgreSqlFleets fleets = ClusterPlace.Open(parsed.GetRequiredValue(cluster)!);
            var csv = new CsvText(FormulaGuard.GuardAll, terminal.OutputIsScreen);
            IReadOnlyList<SubmittedFleet> submitted = FleetPlace.Wait(fleets.ListAsync(cancellationToken));
            terminal.Out.WriteLine("id,state,fits,done,failed,submitted,name");
            foreach (SubmittedFleet fleet in submitted)
            {
                terminal.Out.WriteLine(Invariant($"{fleet.Id},{fleet.State.ToString().ToLowerInvariant()},{fleet.Jobs},{fleet.Done},{fleet.Failed},")
                    + Invariant($"{fleet.SubmittedAt:yyyy-MM-ddTHH:mm:ssZ},{csv.Value(fleet.Name)}"));
            }

            return ExitCodes.Success;
        });
        return command;
    }

    private static Option<string?> Required()
    {
        Option<string?> option = FleetPlace.ClusterOption("The database.");
        option.Required = true;
        return option;
    }
}
