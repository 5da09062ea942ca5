using System.CommandLine;

namespace IadNative.Cli.Fleet;

/// <summary><c>iad fleet</c>: a detector for each part of the data, in any number of processes.</summary>
internal static class FleetCommand
{
    /// <summary>Shown at the end of its help.</summary>
    public const string Examples = """
          iad fleet fit 'data/*.parquet' --by sensor_id --out fleet
          iad fleet fit --out fleet --workers 8
          iad fleet plan 'data/*.csv' --by machine --label label --seeds 5 --grid 'model=svdd,ae;epochs=10,20' --out fleet
          iad fleet fit --out fleet --shard auto
          iad fleet status fleet
          iad fleet results fleet --out results.csv
          iad fleet score fleet new.parquet --by sensor_id --out scores.csv
          iad fleet retry fleet
          iad fleet cancel fleet
          iad fleet fit 'data/*.parquet' --by sensor_id --cluster 'Host=db;Database=iad' --detach
          iad fleet status 1f0c9a3e7b2d4c55 --cluster 'Host=db;Database=iad'
        """;

    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal, CancellationToken cancellationToken) => new("fleet",
        "Fit a detector for each part of the data, such as each sensor, and each option set and seed; go on where it stopped; share the work.")
    {
        FleetPlanCommand.Create(terminal, cancellationToken),
        FleetFitCommand.Create(terminal, cancellationToken),
        FleetStatusCommand.Create(terminal, cancellationToken),
        FleetResultsCommand.Create(terminal, cancellationToken),
        FleetScoreCommand.Create(terminal, cancellationToken),
        FleetRetryCommand.Create(terminal, cancellationToken),
        FleetCancelCommand.Create(terminal),
    };
}
