using IadNative.Data;
using IadNative.Fleet;
using IadNative.Messages;
using static System.FormattableString;

namespace IadNative.Cli.Fleet;

/// <summary>
/// Gathers the rows of parts that lie anywhere in their sources. Rows of one part may be thousands of rows apart, so that each of them is a page of its
/// own, of tables that caches do not hold: many parts are gathered at once, in the order of the rows.
/// </summary>
/// <param name="sources">The sources, whose columns are alike.</param>
/// <param name="mostCells">Cells of the parts that are gathered at once, unless one alone has more; 8 bytes each.</param>
internal sealed class PartGathering(IReadOnlyList<Dataset> sources, int mostCells = 1 << 22)
{
    private readonly int _columns = sources[0].Columns;

    // The cells of the parts of a group, one part behind the other; and of each row where it lies and whose it is. They are used again and again: what is
    // taken from the system and given back costs more than what is copied.
    private double[] _cells = [];
    private long[] _places = [];
    private int[] _owners = [];

    /// <summary>Gathers parts, each time anew that they are gone through, which is to be one time after the other.</summary>
    /// <param name="parts">Their names and rows.</param>
    /// <param name="cancellationToken">Stops between two of them.</param>
    /// <returns>The parts in the same order.</returns>
    /// <exception cref="BadInputException">A part is too large.</exception>
    public IEnumerable<(string Name, Dataset Data)> Gather(IEnumerable<(string Name, IReadOnlyList<PartRows> Rows)> parts, CancellationToken cancellationToken)
    {
        var group = new Queue<Part>();
        long cells = 0;
        foreach ((string name, IReadOnlyList<PartRows> rows) in parts)
        {
            long own = rows.Sum(piece => (long)piece.Rows.Length) * _columns;
            if (group.Count > 0 && cells + own > mostCells)
            {
                foreach ((string, Dataset) done in Fill(group, isLast: false, cancellationToken)) yield return done;
                cells = 0;
            }

            group.Enqueue(new Part(name, rows, sources[0], cells));
            cells += own;
        }

        foreach ((string, Dataset) done in Fill(group, isLast: true, cancellationToken)) yield return done;
    }

    // Empties the group, so that a part is forgotten once it is used.
    private IEnumerable<(string Name, Dataset Data)> Fill(Queue<Part> group, bool isLast, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        int rows = group.Sum(part => part.Count), cells = rows * _columns;
        if (_cells.Length < cells)
        {
            // Those that follow may be larger.
            _cells = [];
            _cells = Room<double>(isLast ? cells : Math.Max(cells, mostCells));
        }

        if (group.Count == 1) CopyInOrder(group.Peek());
        else if (group.Count > 1) CopyTogether([.. group], rows, isLast ? rows : Math.Max(rows, mostCells / _columns));
        while (group.TryDequeue(out Part? part))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return (part.Name, part.Take(_cells));
        }

        // What one large part took is not kept beside all that follow.
        if (_cells.Length > mostCells) _cells = [];
    }

    private void CopyInOrder(Part part)
    {
        foreach ((int source, int[] rows) in part.Rows)
        {
            foreach (int row in rows) part.Add(_cells, sources[source], row);
        }
    }

    private void CopyTogether(Part[] parts, int count, int most)
    {
        if (_places.Length < count) (_places, _owners) = (Room<long>(most), Room<int>(most));
        (long[] places, int[] owners, int next) = (_places, _owners, 0);
        for (int i = 0; i < parts.Length; i++)
        {
            foreach ((int source, int[] rows) in parts[i].Rows)
            {
                foreach (int row in rows) (places[next], owners[next++]) = (((long)source << 32) | (uint)row, i);
            }
        }

        // A part's own rows keep their order.
        Array.Sort(places, owners, 0, count);
        for (int i = 0; i < count; i++) parts[owners[i]].Add(_cells, sources[(int)(places[i] >> 32)], (int)places[i]);
    }

    // Beside the heap of large objects: what stays there lets the collector wait for as much again before it looks at parts that are gone.
    private static T[] Room<T>(int length)
        where T : unmanaged => GC.AllocateUninitializedArray<T>(length, pinned: true);

    /// <summary>A part on its way.</summary>
    private sealed class Part
    {
        private readonly Dataset _first;
        private readonly int _place;
        private readonly Dictionary<string, int>?[] _levels;
        private readonly bool[]? _labels;
        private int _next;

        /// <param name="name">Its name.</param>
        /// <param name="rows">Its rows.</param>
        /// <param name="first">The first source, which says what columns are.</param>
        /// <param name="place">Where its cells begin among those of the group.</param>
        public Part(string name, IReadOnlyList<PartRows> rows, Dataset first, long place)
        {
            (Name, Rows, _first) = (name, rows, first);
            long all = rows.Sum(piece => (long)piece.Rows.Length);
            // How many cells need float64, and how many rows are anomalies, is known when it is whole, and asked again then.
            if (!PartitionFile.Fits(all, first.Columns, wide: 0, anomalies: 0, description: 0))
            {
                throw new BadInputException(Invariant(
                    $"the part {ForeignText.Quote(name)} has {all} rows of {first.Columns} columns, which are more than the 2 GiB of a part; split it."));
            }

            Count = (int)all;
            _place = (int)place;
            _levels = [.. first.Features.Select(column => column.Kind == FeatureKind.Category ? new Dictionary<string, int>() : null)];
            _labels = first.Labels is null ? null : new bool[Count];
        }

        public string Name { get; }

        public IReadOnlyList<PartRows> Rows { get; }

        public int Count { get; }

        /// <summary>Its next row.</summary>
        public void Add(double[] all, Dataset source, int row)
        {
            Span<double> cells = all.AsSpan(_place + (_next * _levels.Length), _levels.Length);
            source.CopyRow(row, cells);
            for (int column = 0; column < cells.Length; column++)
            {
                if (_levels[column] is { } known && !double.IsNaN(cells[column]))
                    cells[column] = CodeOf(source.Features[column].Levels[(int)cells[column]], known);
            }

            if (_labels is not null) _labels[_next] = source.Labels![row];
            _next++;
        }

        /// <summary>The whole part.</summary>
        public Dataset Take(double[] all)
        {
            FeatureColumn[] features = [.. _first.Features.Select((column, i) =>
                _levels[i] is { } known ? column with { Levels = [.. known.OrderBy(level => level.Value).Select(level => level.Key)] } : column)];
            return new Dataset(Name, TableValues.Of(all.AsSpan(_place, Count * _levels.Length), _levels.Length), Count, features, _labels, _first.AreFeaturesNamed, allowMissing: true);
        }

        // Codes in the order in which the part's own rows have the levels.
        private static int CodeOf(string level, Dictionary<string, int> known) =>
            known.TryGetValue(level, out int code) ? code : known[level] = known.Count;
    }
}
