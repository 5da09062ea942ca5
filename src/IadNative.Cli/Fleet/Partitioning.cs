using IadNative.Data;
using IadNative.Data.Formats;
using IadNative.Data.Reading;
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
    /// Reads files and gives their parts. By a column, the cells of all files go to temporary files, and memory keeps which rows a part has; parts are
    /// gathered, some at once, when they are asked for, each time anew. Otherwise a file is read when its turn comes, and the parts can be gone through once.
    /// </summary>
    /// <param name="files">The files.</param>
    /// <param name="folder">Where temporary files go, which the parts are gathered from.</param>
    /// <param name="note">Takes what the reader found out.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="BadInputException">A file cannot be opened, holds images, or has other columns than the first.</exception>
    /// <exception cref="DataFormatException">A file cannot be understood.</exception>
    /// <exception cref="IOException">A file cannot be read, or a temporary file not be made, for want of room or else.</exception>
    public IEnumerable<(string Name, Dataset Data)> Read(
        IReadOnlyList<string> files, TemporaryFolder folder, Action<string> note, CancellationToken cancellationToken)
    {
        if (by is null)
        {
            return files.Select(file =>
            {
                Dataset data = Named(file).Read(cancellationToken);
                Accept(data, note);
                return new PartGathering([data]).Gather([(file, [new PartRows(0, [.. Enumerable.Range(0, data.Rows)])])], cancellationToken).Single();
            });
        }

        var parts = new Dictionary<string, List<PartRows>>();
        var sources = new List<Dataset>();
        foreach (string file in files)
        {
            var rows = new Dictionary<string, List<int>>();
            Dataset data = ReadFile(file, folder, rows, cancellationToken);
            Accept(data, note);
            sources.Add(data);
            RequireAlike(sources[0], data);
            foreach ((string value, List<int> own) in rows)
            {
                if (!parts.TryGetValue(value, out List<PartRows>? pieces)) parts[value] = pieces = [];
                pieces.Add(new PartRows(sources.Count - 1, [.. own]));
            }
        }

        return new PartGathering(sources).Gather(
            parts.Keys.Order(StringComparer.Ordinal).Select(name => (name, (IReadOnlyList<PartRows>)parts[name])), cancellationToken);
    }

    private DataInput Named(string file) => input with { Path = file, Reading = By(by, input.Reading) };

    // The cells of a file go to the folder, and the places of each part's rows to memory.
    private Dataset ReadFile(string file, TemporaryFolder folder, Dictionary<string, List<int>> rows, CancellationToken cancellationToken)
    {
        DataInput named = Named(file);
        using TableReader reader = named.Open(new ReadRequest(named.Options, ReaderLimits.OutOfCore), cancellationToken);
        if (reader.Image is not null) throw Images(reader.Name);
        int next = 0;
        return DatasetReader.ReadOutOfCore(reader, named.Options, folder, cancellationToken, names: block =>
        {
            foreach (string value in block)
            {
                if (!rows.TryGetValue(value, out List<int>? own))
                {
                    reader.Memory?.Keep((long)value.Length * sizeof(char));
                    rows[value] = own = [];
                }

                own.Add(next++);
            }
        });
    }

    private static void Accept(Dataset data, Action<string> note)
    {
        if (data.Image is not null) throw Images(data.Name);
        foreach (string text in data.Notes) note($"{data.Name}: {text}");
    }

    private static BadInputException Images(string name) => new($"{name} holds images; fleets are of tables.");

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
}
