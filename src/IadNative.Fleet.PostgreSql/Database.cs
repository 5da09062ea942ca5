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

    private async Task<T> RunAsync<T>(string sql, object?[] values, Func<NpgsqlCommand, Task<T>> run)
    {
        NpgsqlCommand command = source.CreateCommand(sql);
        await using (command.ConfigureAwait(false))
        {
            foreach (object? value in values) command.Parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value });
            try
            {
                return await run(command).ConfigureAwait(false);
            }
            catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName)
            {
                throw new IOException($"The database has no tables of fleets. Make them with 'iad cluster init': {e.MessageText}.", e);
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException)
            {
                throw new IOException($"The database failed: {e.Message}", e);
            }
        }
    }
}
