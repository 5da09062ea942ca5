using IadNative.Data;
using IadNative.Fleet;
using IadNative.Messages;
using static System.FormattableString;

namespace IadNative.Cli.Fleet;

/// <summary>
/// Parts sources into tables: one for each value of a column, whose rows may lie in several files, or one for each file. A part knows only
/// its own rows: the same rows are the same part, whatever lies beside them.
/// </summary>
/// <param name="input">How sources are read; its path is not used.</param>
/// <param name="by">The column; null for whole files.</param>
internal sealed class Partitioning(DataInput input, string? by)
{
    /// <summary>How data are read whose parts a column names.</summary>
    /// <param name="by">The column; null where none does.</param>
    /// <param name="reading">How they are read otherwise.</param>
    public static DatasetReadOptions By(string? by, DatasetReadOptions reading) => reading with { Id = by, IdOption = "--by", IdMeaning = "the parts" };

    /// <summary>
    /// Reads files and gives their parts. By a column, all files are in memory, and parts are gathered when they are asked for, each time anew;
    /// otherwise a file is read when its turn comes, and the parts can be gone through once.
    /// </summary>
    /// <param name="files">The files.</param>
    /// <param name="note">Takes what the reader found out.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="BadInputException">A file cannot be opened, holds images, or has other columns than the first.</exception>
    /// <exception cref="DataFormatException">A file cannot be understood.</exception>
    public IEnumerable<(string Name, Dataset Data)> Read(IReadOnlyList<string> files, Action<string> note, CancellationToken cancellationToken)
    {
        if (by is null)
        {
            return files.Select(file =>
            {
                Dataset data = ReadFile(file, note, cancellationToken);
                return (file, Gather(file, [new Piece(data, [.. Enumerable.Range(0, data.Rows)])]));
            });
        }

        var parts = new Dictionary<string, List<Piece>>();
        var names = new List<string>();
        Dataset? first = null;
        foreach (string file in files)
        {
            Dataset data = ReadFile(file, note, cancellationToken);
            RequireAlike(first ??= data, data);
            var rows = new Dictionary<string, List<int>>();
            for (int row = 0; row < data.Rows; row++)
            {
                string value = data.Ids![row];
                if (!rows.TryGetValue(value, out List<int>? own)) rows[value] = own = [];
                own.Add(row);
            }

            foreach ((string value, List<int> own) in rows)
            {
                if (!parts.TryGetValue(value, out List<Piece>? pieces))
                {
                    parts[value] = pieces = [];
                    names.Add(value);
                }

                pieces.Add(new Piece(data, [.. own]));
            }
        }

        names.Sort(StringComparer.Ordinal);
        return names.Select(name =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            return (name, Gather(name, parts[name]));
        });
    }

    private Dataset ReadFile(string file, Action<string> note, CancellationToken cancellationToken)
    {
        Dataset data = (input with { Path = file, Reading = By(by, input.Reading) }).Read(cancellationToken);
        if (data.Image is not null) throw new BadInputException($"{data.Name} holds images; fleets are of tables.");
        foreach (string text in data.Notes) note($"{data.Name}: {text}");
        return data;
    }

    private static void RequireAlike(Dataset first, Dataset other)
    {
        bool areAlike = first.Features.Select(Named).SequenceEqual(other.Features.Select(Named)) && first.AreFeaturesNamed == other.AreFeaturesNamed;
        if (!areAlike)
        {
            throw new BadInputException(
                $"{other.Name} has other columns, or columns of another kind, than {first.Name}: {List(other)}, not {List(first)}. Leave columns "
                + "out with --drop, or say which hold categories with --categorical.");
        }

        if (first.Labels is null != other.Labels is null)
            throw new BadInputException($"{(first.Labels is null ? other : first).Name} has labels and {(first.Labels is null ? first : other).Name} has none.");

        static (string, FeatureKind) Named(FeatureColumn column) => (column.Name, column.Kind);

        static string List(Dataset data)
        {
            const int most = 8;
            string more = data.Columns > most ? Invariant($" and {data.Columns - most} more") : "";
            return string.Join(", ", data.Features.Take(most).Select(column => $"{ForeignText.Shorten(column.Name)} ({column.Kind.ToString().ToLowerInvariant()})")) + more;
        }
    }

    private static Dataset Gather(string name, IReadOnlyList<Piece> pieces)
    {
        Dataset first = pieces[0].Data;
        long all = pieces.Sum(piece => (long)piece.Rows.Length);
        int columns = first.Columns;
        // How many cells need float64, and how many rows are anomalies, is known when it is whole, and asked again then.
        if (!PartitionFile.Fits(all, columns, wide: 0, anomalies: 0, description: 0))
        {
            throw new BadInputException(Invariant(
                $"the part {ForeignText.Quote(name)} has {all} rows of {columns} columns, which are more than the 2 GiB of a part; split it."));
        }

        int rows = (int)all;
        double[] values = new double[rows * columns];
        var levels = new Dictionary<string, int>?[columns];
        for (int column = 0; column < columns; column++) levels[column] = first.Features[column].Kind == FeatureKind.Category ? [] : null;
        bool[]? labels = first.Labels is null ? null : new bool[rows];
        int next = 0;
        foreach ((Dataset data, int[] own) in pieces)
        {
            foreach (int row in own)
            {
                Span<double> cells = values.AsSpan(next * columns, columns);
                data.CopyRow(row, cells);
                for (int column = 0; column < columns; column++)
                {
                    if (levels[column] is { } known && !double.IsNaN(cells[column]))
                        cells[column] = CodeOf(data.Features[column].Levels[(int)cells[column]], known);
                }

                if (labels is not null) labels[next] = data.Labels![row];
                next++;
            }
        }

        FeatureColumn[] features = [.. first.Features.Select((column, i) =>
            levels[i] is { } known ? column with { Levels = [.. known.OrderBy(level => level.Value).Select(level => level.Key)] } : column)];
        return new Dataset(name, TableValues.Of(values, columns), rows, features, labels, first.AreFeaturesNamed, allowMissing: true);
    }

    // Codes in the order in which the part's own rows have the levels.
    private static int CodeOf(string level, Dictionary<string, int> known) =>
        known.TryGetValue(level, out int code) ? code : known[level] = known.Count;

    /// <summary>Rows of a file that belong together.</summary>
    private sealed record Piece(Dataset Data, int[] Rows);
}
