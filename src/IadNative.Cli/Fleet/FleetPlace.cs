using System.CommandLine;
using IadNative.Fleet;
using IadNative.Fleet.PostgreSql;
using IadNative.Messages;

namespace IadNative.Cli.Fleet;

/// <summary>Where a fleet is that a command is about: a folder, or the database of a cluster.</summary>
internal abstract class FleetPlace : IDisposable
{
    /// <summary>Where its partitions are.</summary>
    public abstract IPartitionStore Partitions { get; }

    /// <summary>Where its results are.</summary>
    public abstract IJobStore Results { get; }

    /// <summary>What a command line says to name it.</summary>
    public abstract string Words { get; }

    /// <summary>Files that it must not lose to a command's output.</summary>
    public virtual string? PlanFile => null;

    /// <summary>The option that says which cluster.</summary>
    public static Option<string?> ClusterOption(string description) => CommandOptions.Text("--cluster", "CONNECTION",
        $"{description} Such as 'Host=db;Database=iad;Username=iad'; a password is better in PGPASSWORD or ~/.pgpass.");

    /// <summary>Adds the fleet, and the cluster that it may be in, to a command.</summary>
    /// <returns>Finds the place of a command line; to be disposed of.</returns>
    public static Func<ParseResult, Terminal, FleetPlace> AddTo(Command command)
    {
        var fleet = new Argument<string>("FLEET") { Description = "The folder that 'iad fleet plan' or 'iad fleet fit' made; with --cluster the fleet's id." };
        Option<string?> cluster = ClusterOption("The database of the cluster that the fleet was submitted to.");
        command.Add(fleet);
        command.Add(cluster);
        return (parsed, terminal) => parsed.GetValue(cluster) is { } connection
            ? new ClusterPlace(connection, parsed.GetRequiredValue(fleet))
            : FolderPlace.Open(parsed.GetRequiredValue(fleet), terminal);
    }

    /// <summary>Reads its plan.</summary>
    /// <exception cref="BadInputException">There is none, or it cannot be read.</exception>
    /// <exception cref="DataFormatException">It is damaged.</exception>
    public abstract FleetPlan ReadPlan();

    /// <summary>Keeps a plan whose partitions are stored.</summary>
    /// <exception cref="BadInputException">There is another one.</exception>
    public abstract void Keep(FleetPlan plan);

    /// <summary>Asks all who work on it to stop.</summary>
    public abstract void Cancel();

    /// <summary>What is to be said of a fleet that is not done; null where there is nothing.</summary>
    public abstract string? StateInWords();

    /// <summary>Forgets failures.</summary>
    /// <returns>How many, and what to do so that they are tried again.</returns>
    public abstract (long Forgotten, string Next) Retry(FleetPlan plan, CancellationToken cancellationToken);

    /// <summary>Detectors of one engine for one job of the plan that differ.</summary>
    public virtual IReadOnlyList<DigestAlarm> Alarms(FleetPlan plan) => [];

    /// <summary>Says so, where there are any.</summary>
    /// <returns>Whether there are.</returns>
    public static bool Tell(IReadOnlyList<DigestAlarm> alarms, Terminal terminal)
    {
        foreach (DigestAlarm alarm in alarms)
        {
            terminal.Fail($"two results of one engine for {alarm.Key} differ: {alarm.Stored} is stored, {alarm.Second} came second. The machine or the "
                + "program is at fault; do not trust this fleet.");
        }

        return alarms.Count > 0;
    }

    public abstract void Dispose();

    /// <summary>Waits for what a store does.</summary>
    public static T Wait<T>(Task<T> task) => task.GetAwaiter().GetResult();
}

/// <summary>A fleet in a folder.</summary>
/// <param name="folder">The folder.</param>
/// <param name="path">What the command line calls it.</param>
internal sealed class FolderPlace(FleetFolder folder, string path) : FleetPlace
{
    /// <summary>The folder.</summary>
    public FleetFolder Folder => folder;

    public override IPartitionStore Partitions => folder.Partitions;

    public override IJobStore Results => folder.Results;

    public override string Words => path;

    public override string PlanFile => Path.Combine(folder.Path, "plan.json");

    /// <summary>Opens a folder; damaged results in it are warned of.</summary>
    /// <exception cref="BadInputException">The name is none.</exception>
    public static FolderPlace Open(string path, Terminal terminal)
    {
        if (path.Length == 0) throw new BadInputException("the fleet needs the name of a folder.");
        try
        {
            return new FolderPlace(new FleetFolder(path, terminal.Warn), path);
        }
        catch (FileNotFoundException)
        {
            // A relative path has no place where the current folder was deleted.
            throw new BadInputException($"'{ForeignText.Plain(path)}' is nowhere: {CurrentFolder.Description}.");
        }
    }

    public override FleetPlan ReadPlan()
    {
        if (!Directory.Exists(folder.Path))
            throw new BadInputException($"'{ForeignText.Plain(path)}' does not exist; check the path ({CurrentFolder.Description}).");
        if (!folder.HasPlan)
        {
            throw new BadInputException($"'{ForeignText.Plain(path)}' holds no plan of a fleet; check the path, or plan one: "
                + "iad fleet plan SOURCES --by COL --out FLEET.");
        }

        return InputFile.ReadAny(path, _ => folder.ReadPlan());
    }

    public override void Keep(FleetPlan plan)
    {
        try
        {
            folder.WritePlan(plan);
        }
        catch (InvalidOperationException exception)
        {
            throw new BadInputException($"--out: {exception.Message}");
        }
    }

    public override void Cancel() => folder.RequestCancel();

    public override string? StateInWords() => folder.IsCancelRequested ? "all who work on it are asked to stop; 'iad fleet fit' goes on." : null;

    public override (long Forgotten, string Next) Retry(FleetPlan plan, CancellationToken cancellationToken)
    {
        long forgotten = 0;
        for (long number = 0; number < plan.Jobs; number++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (Wait(folder.Results.RemoveFailureAsync(plan.KeyOf(number), cancellationToken))) forgotten++;
        }

        return (forgotten, $"'iad fleet fit --out {path}' tries them again.");
    }

    public override void Dispose()
    {
        // A folder is not held open.
    }
}

/// <summary>A fleet in the database of a cluster.</summary>
internal sealed class ClusterPlace : FleetPlace
{
    private readonly string? _name;
    private string? _id;

    /// <summary>A fleet that was submitted.</summary>
    /// <param name="connection">The database.</param>
    /// <param name="id">Its id.</param>
    /// <exception cref="BadInputException">The connection is not well formed.</exception>
    public ClusterPlace(string connection, string id) => (Fleets, _id) = (Open(connection), id);

    private ClusterPlace(PostgreSqlFleets fleets, string name) => (Fleets, _name) = (fleets, name);

    /// <summary>The fleets of the database.</summary>
    public PostgreSqlFleets Fleets { get; }

    /// <summary>The fleet's id.</summary>
    public string Id => _id ?? throw new InvalidOperationException("The fleet is not submitted yet.");

    public override IPartitionStore Partitions => Fleets.Partitions;

    public override IJobStore Results => Fleets.Results;

    public override string Words => $"{Id} --cluster CONNECTION";

    /// <summary>A fleet that is to be submitted.</summary>
    /// <exception cref="BadInputException">The connection is not well formed.</exception>
    public static ClusterPlace ForNew(string connection, string name) => new(Open(connection), name);

    /// <summary>Fleets in a database.</summary>
    /// <exception cref="BadInputException">The connection is not well formed.</exception>
    public static PostgreSqlFleets Open(string connection)
    {
        try
        {
            return new PostgreSqlFleets(connection);
        }
        catch (ArgumentException exception)
        {
            throw new BadInputException($"--cluster: {ErrorReporting.MessageOf(exception)}");
        }
    }

    /// <summary>How far it is.</summary>
    /// <exception cref="BadInputException">There is no such fleet.</exception>
    public SubmittedFleet Find() => Wait(Fleets.FindAsync(Id)) ?? throw Unknown();

    public override FleetPlan ReadPlan() => Wait(Fleets.ReadPlanAsync(Id)) ?? throw Unknown();

    public override void Keep(FleetPlan plan) => _id = Wait(Fleets.SubmitAsync(plan, _name ?? Find().Name));

    public override void Cancel()
    {
        if (!Wait(Fleets.CancelAsync(Id))) throw new BadInputException($"the fleet {Id} is {Find().State.ToString().ToLowerInvariant()}, so that there is nothing to cancel.");
    }

    public override string? StateInWords() => Find().State == FleetState.Cancelled ? "it is cancelled; submitting it again goes on." : null;

    public override (long Forgotten, string Next) Retry(FleetPlan plan, CancellationToken cancellationToken) =>
        (Wait(Fleets.RetryAsync(Id, plan, cancellationToken)), "nodes try them again.");

    public override IReadOnlyList<DigestAlarm> Alarms(FleetPlan plan)
    {
        IReadOnlyList<DigestAlarm> all = Wait(Fleets.AlarmsAsync());
        if (all.Count == 0) return all;
        var keys = new HashSet<string>();
        for (long number = 0; number < plan.Jobs; number++) keys.Add(plan.KeyOf(number));
        return [.. all.Where(alarm => keys.Contains(alarm.Key))];
    }

    public override void Dispose() => Fleets.Dispose();

    private BadInputException Unknown() => new($"the cluster knows no fleet {ForeignText.Quote(Id)}; 'iad cluster fleets --cluster CONNECTION' lists them.");
}
