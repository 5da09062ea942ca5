using System.Net;

namespace IadNative.Orleans;

/// <summary>What a node of a cluster is told.</summary>
public sealed record FleetNodeOptions
{
    /// <summary>
    /// The database, as Npgsql writes it: <c>Host=db;Database=iad;Username=iad</c>. Its tables are there already. All nodes of a database are one
    /// cluster.
    /// </summary>
    public required string Database { get; init; }

    /// <summary>Fits at a time, each on one thread, 1 to 4,096; one per core unless it is set.</summary>
    public int Slots { get; init; } = Environment.ProcessorCount;

    /// <summary>Where other nodes reach this one; null for the address that this machine has in its network.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>The port for other nodes, and for nobody else: what comes in there is believed.</summary>
    public int Port { get; init; } = 11_111;

    /// <exception cref="ArgumentException">An option makes no sense.</exception>
    internal void Validate()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(Database);
        if (Slots is < 1 or > 4096) throw new ArgumentException($"A node has 1 to 4,096 slots, not {Slots}.");
        if (Port is < 1 or > 65_535) throw new ArgumentException($"Ports are 1 to 65,535, not {Port}.");
    }
}
