using System.CommandLine;
using System.Net;
using IadNative.Fleet.PostgreSql;
using IadNative.Orleans;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace IadNative.Node;

/// <summary><c>iad-node</c>: works on what is submitted to a cluster, until it is stopped.</summary>
internal static class NodeCommand
{
    private const string ClusterVariable = "IAD_CLUSTER";

    private const string Examples = """
          iad-node --cluster 'Host=db;Database=iad;Username=iad'
          IAD_CLUSTER='Host=db;Database=iad' iad-node --slots 16
          iad-node --cluster 'Host=db;Database=iad' --address 10.0.0.7 --port 11112
        """;

    // Leaving in good order is what a node cannot do that does not reach the database, and others wait for it to be gone.
    private static readonly TimeSpan s_leaving = TimeSpan.FromSeconds(30), s_leavingCutOff = TimeSpan.FromSeconds(5);

    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal, CancellationToken cancellationToken)
    {
        var command = new RootCommand(
            "Fit what 'iad fleet fit --cluster' submits, together with all other nodes of the database, until a signal stops it. A node that the others "
            + "take for dead ends; have a service manager start it again.");
        command.Options.Clear();
        Option<string?> cluster = CommandOptions.Text("--cluster", "CONNECTION",
            $"The database, such as 'Host=db;Database=iad;Username=iad'; without it the environment variable {ClusterVariable}. A password is better in "
            + "PGPASSWORD or ~/.pgpass.");
        Option<int> slots = CommandOptions.Number("--slots", "N", "Fits at a time, each on one thread; 0 for one per core.", 0);
        Option<string?> address = CommandOptions.Text("--address", "IP", "Where other nodes reach this one; without it the address that the machine has in its network.");
        Option<int> port = CommandOptions.Number("--port", "P", "The port for other nodes.", 11_111);
        foreach (Option option in (Option[])[cluster, slots, address, port]) command.Add(option);
        ProgramCommand.AddHelpAndVersion(command, new Dictionary<Command, string> { [command] = Examples });
        command.SetAction(parsed => Run(
            Options(parsed.GetValue(cluster), parsed.GetValue(slots), parsed.GetValue(address), parsed.GetValue(port)),
            terminal, cancellationToken));
        return command;
    }

    private static FleetNodeOptions Options(string? cluster, int slots, string? address, int port)
    {
        cluster ??= Environment.GetEnvironmentVariable(ClusterVariable);
        if (string.IsNullOrWhiteSpace(cluster))
            throw new BadInputException($"--cluster or {ClusterVariable} must name the database, such as 'Host=db;Database=iad'.");
        if (slots is < 0 or > 4096) throw new BadInputException(FormattableString.Invariant($"--slots is {slots}; allowed is 0 (one per core) to 4,096."));
        if (port is < 1 or > 65_535) throw new BadInputException(FormattableString.Invariant($"--port is {port}; allowed is 1 to 65,535."));
        IPAddress? own = null;
        if (address is not null && !IPAddress.TryParse(address, out own)) throw new BadInputException($"--address: '{address}' is no IP address.");
        return new FleetNodeOptions
        {
            Database = cluster, Slots = slots == 0 ? Math.Min(Environment.ProcessorCount, 4096) : slots, Address = own, Port = port,
        };
    }

    private static int Run(FleetNodeOptions options, Terminal terminal, CancellationToken cancellationToken)
    {
        IHost? host = Start(options, terminal, cancellationToken);
        if (host is null)
        {
            terminal.Note("stopped before it was one of the cluster's.");
            return ExitCodes.Success;
        }

        terminal.Say(FormattableString.Invariant($"Node with {options.Slots} slots, port {options.Port}. Ctrl+C stops it."));
        CancellationToken ended = host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        WaitHandle.WaitAny([cancellationToken.WaitHandle, ended.WaitHandle]);
        if (!cancellationToken.IsCancellationRequested)
        {
            terminal.Fail("the node ends because of an error above.");
            // Whatever comes of it, the process ends.
            TimeSpan patience = host.Services.GetRequiredService<FleetWatch>().IsCutOff ? s_leavingCutOff : s_leaving;
            Task.WaitAny([Task.Run(() => Leave(host, terminal), CancellationToken.None)], patience);
            return ExitCodes.Failed;
        }

        terminal.Note("stopping; fits that are running are left to other nodes.");
        Leave(host, terminal);
        return ExitCodes.Success;
    }

    // Null where it was stopped meanwhile.
    private static IHost? Start(FleetNodeOptions options, Terminal terminal, CancellationToken cancellationToken)
    {
        bool isStarting = true;
        // What a stop interrupts while the node joins would be told as an error, and is none.
        bool IsTold(LogLevel level, LogLevel least) => level >= least && !(isStarting && cancellationToken.IsCancellationRequested);

        IHost? host = null;
        try
        {
            CheckDatabase(options, cancellationToken);
            HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
            builder.Logging.AddSimpleConsole(console => (console.SingleLine, console.TimestampFormat) = (true, "yyyy-MM-dd HH:mm:ss "));
            builder.Logging.AddFilter("Orleans", level => IsTold(level, LogLevel.Error)).AddFilter("Microsoft", level => IsTold(level, LogLevel.Warning))
                // It would tell of every grain that is placed.
                .AddFilter("Polly", LogLevel.Warning);
            builder.AddFleetNode(options);
            builder.Services.AddSingleton<IHostLifetime, NodeLifetime>();
            builder.Services.Configure<HostOptions>(one => one.ShutdownTimeout = s_leaving);
            host = builder.Build();
            host.StartAsync(cancellationToken).GetAwaiter().GetResult();
            isStarting = false;
            return host;
        }
        catch (Exception exception) when (
            cancellationToken.IsCancellationRequested && exception is (OperationCanceledException or OrleansLifecycleCanceledException))
        {
            if (host is not null) Leave(host, terminal);
            return null;
        }
        catch
        {
            host?.Dispose();
            throw;
        }
    }

    /// <summary>Has a host stop, and says what comes of it if that is no matter of course: the others see that the node is gone.</summary>
    internal static void Leave(IHost host, Terminal terminal)
    {
        using IHost leaving = host;
        try
        {
            leaving.StopAsync(CancellationToken.None).GetAwaiter().GetResult();
        }
        catch (Exception exception) when (IsOfStopping(exception))
        {
            // Something was under way that the stop ended, or not begun yet, which is what was asked for.
        }
        catch (Exception exception)
        {
            terminal.Note($"it has not left in good order: {exception.Message}");
        }
    }

    private static bool IsOfStopping(Exception exception) => exception is OperationCanceledException or InvalidOperationException
        || (exception is AggregateException several && several.InnerExceptions.All(IsOfStopping));

    // What is wrong with it is said now, in one line, and not in the log again and again.
    private static void CheckDatabase(FleetNodeOptions options, CancellationToken cancellationToken)
    {
        try
        {
            using var fleets = new PostgreSqlFleets(options.Database);
            fleets.CheckTablesAsync(cancellationToken).GetAwaiter().GetResult();
        }
        catch (Exception exception) when (exception is ArgumentException or IOException)
        {
            throw new BadInputException($"--cluster: {exception.Message}");
        }
    }
}
