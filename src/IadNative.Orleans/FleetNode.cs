using IadNative.Fleet.PostgreSql;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Npgsql;
using Orleans.Configuration;
using Orleans.Hosting;

namespace IadNative.Orleans;

/// <summary>A node of a cluster that fits fleets.</summary>
public static class FleetNode
{
    /// <summary>
    /// Makes a host one of the nodes that fit what is submitted to a database. Nodes find each other by it. One that cannot be reached is taken for
    /// dead within some ten seconds, and its work is done by others; a node that finds itself taken for dead ends its process, so that something
    /// must start it again: a service manager, a container's restart policy. One that does not reach the database while others do stops its host.
    /// </summary>
    /// <param name="builder">The host.</param>
    /// <param name="options">What the node is told.</param>
    /// <returns>The same host.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">An option makes no sense.</exception>
    public static IHostApplicationBuilder AddFleetNode(this IHostApplicationBuilder builder, FleetNodeOptions options)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        builder.UseOrleans(silo =>
        {
            silo.UseAdoNetClustering(clustering => (clustering.Invariant, clustering.ConnectionString) = ("Npgsql", InSchema(options.Database)));
            silo.Configure<ClusterOptions>(cluster => (cluster.ClusterId, cluster.ServiceId) = ("iad", "iad-fleets"));
            if (options.Address is { } address) silo.ConfigureEndpoints(address, options.Port, gatewayPort: 0);
            else silo.Configure<EndpointOptions>(endpoint => (endpoint.SiloPort, endpoint.GatewayPort) = (options.Port, 0));
            AddGrains(silo, options);
        });
        return builder;
    }

    // Tables by which nodes know each other are asked for without their schema.
    private static string InSchema(string connection)
    {
        NpgsqlConnectionStringBuilder builder = DatabaseConnection.Of(connection);
        builder.SearchPath = "iad";
        return builder.ConnectionString;
    }

    /// <summary>What grains of fleets need of a silo, however its cluster is made.</summary>
    internal static void AddGrains(ISiloBuilder silo, FleetNodeOptions options)
    {
        silo.Configure<ClusterMembershipOptions>(membership =>
        {
            membership.ProbeTimeout = TimeSpan.FromSeconds(1);
            membership.MaxProbeTimeout = TimeSpan.FromSeconds(2);
            membership.NumMissedProbesLimit = 3;
            membership.TableRefreshTimeout = TimeSpan.FromSeconds(5);
            membership.DeathVoteExpirationTimeout = TimeSpan.FromSeconds(30);
            // Where all nodes have died at once, those that come wait for five of these until the dead are. Clocks must not be further apart.
            membership.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(3);
            membership.NumMissedTableIAmAliveLimit = 5;
            membership.DefunctSiloExpiration = TimeSpan.FromHours(1);
            // A connection that is open and silent says nothing: probes decide.
            membership.EnableConnectionLivenessCheck = false;
        });

        // No call of a grain waits for a fit.
        silo.Configure<SiloMessagingOptions>(messaging => messaging.ResponseTimeout = TimeSpan.FromSeconds(5));
        silo.Services.TryAddSingleton(TimeProvider.System);
        silo.Services.AddSingleton(options);
        silo.Services.AddSingleton(_ => new PostgreSqlFleets(options.Database));
        silo.Services.AddSingleton<PlanCache>();
        silo.Services.AddSingleton<NodeSlots>();
        silo.Services.AddSingleton<FleetWatch>();
        silo.Services.AddHostedService(services => services.GetRequiredService<FleetWatch>());
    }
}
