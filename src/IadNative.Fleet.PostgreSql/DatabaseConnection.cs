using Npgsql;

namespace IadNative.Fleet.PostgreSql;

/// <summary>How the database of fleets is connected to.</summary>
internal static class DatabaseConnection
{
    // In seconds. A database that is cut off says nothing, and somebody waits; of itself Npgsql waits for 15 and 30.
    private const int Timeout = 5, CommandTimeout = 20;

    /// <summary>A connection string with timeouts, unless it has its own.</summary>
    /// <param name="connectionString">What the user gave.</param>
    /// <exception cref="ArgumentException">It is not well formed.</exception>
    public static NpgsqlConnectionStringBuilder Of(string connectionString)
    {
        var builder = new NpgsqlConnectionStringBuilder(connectionString);

        // It says of every key it knows that it contains it.
        if (!builder.ShouldSerialize("Timeout")) builder.Timeout = Timeout;
        if (!builder.ShouldSerialize("Command Timeout")) builder.CommandTimeout = CommandTimeout;
        return builder;
    }
}
