using Npgsql;

namespace IadNative.Fleet.PostgreSql;

/// <summary>Commands to one database, whose failures are told as the stores tell them.</summary>
/// <param name="source">Where connections come from.</param>
internal sealed class Database(NpgsqlDataSource source)
{
    /// <summary>Runs a statement.</summary>
    /// <param name="sql">The statement, with <c>$1</c>, <c>$2</c> ... for values.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <param name="values">The values; null for none.</param>
    /// <returns>How many rows it changed.</returns>
    /// <exception cref="IOException">The database cannot be reached, or refuses.</exception>
    public Task<int> ExecuteAsync(string sql, CancellationToken cancellationToken, params object?[] values) =>
        RunAsync(sql, values, command => command.ExecuteNonQueryAsync(cancellationToken));

    /// <summary>Runs a statement and reads the rows that come of it.</summary>
    /// <param name="sql">The statement, with <c>$1</c>, <c>$2</c> ... for values.</param>
    /// <param name="read">Makes something of a row.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <param name="values">The values; null for none.</param>
    /// <exception cref="IOException">The database cannot be reached, or refuses.</exception>
    public Task<List<T>> QueryAsync<T>(string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken, params object?[] values) =>
        RunAsync(sql, values, async command =>
        {
            NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                var rows = new List<T>();
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false)) rows.Add(read(reader));
                return rows;
            }
        });

    /// <summary>Runs statements as one: all, or none. Each sees what was there when it began.</summary>
    /// <param name="cancellationToken">Stops them.</param>
    /// <param name="statements">The statements, with their values.</param>
    /// <returns>How many rows they changed in all.</returns>
    /// <exception cref="IOException">The database cannot be reached, or refuses.</exception>
    public async Task<int> ExecuteAsync(CancellationToken cancellationToken, params (string Sql, object?[] Values)[] statements)
    {
        NpgsqlBatch batch = source.CreateBatch();
        await using (batch.ConfigureAwait(false))
        {
            foreach ((string sql, object?[] values) in statements)
            {
                var command = new NpgsqlBatchCommand(sql);
                AddValues(command.Parameters, values);
                batch.BatchCommands.Add(command);
            }

            return await TellAsync(() => batch.ExecuteNonQueryAsync(cancellationToken)).ConfigureAwait(false);
        }
    }

    private async Task<T> RunAsync<T>(string sql, object?[] values, Func<NpgsqlCommand, Task<T>> run)
    {
        NpgsqlCommand command = source.CreateCommand(sql);
        await using (command.ConfigureAwait(false))
        {
            AddValues(command.Parameters, values);
            return await TellAsync(() => run(command)).ConfigureAwait(false);
        }
    }

    private static void AddValues(NpgsqlParameterCollection parameters, object?[] values)
    {
        foreach (object? value in values) parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value });
    }

    private static async Task<T> TellAsync<T>(Func<Task<T>> run)
    {
        try
        {
            return await run().ConfigureAwait(false);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName)
        {
            throw new IOException($"The database has no tables of fleets. Make them with 'iad cluster init': {e.MessageText}.", e);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or NotSupportedException)
        {
            throw new IOException($"The database failed: {e.Message}", e);
        }
    }
}
