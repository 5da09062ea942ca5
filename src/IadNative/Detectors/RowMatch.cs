using System.Collections.Concurrent;
using IadNative.Data;

namespace IadNative.Detectors;

/// <summary>
/// Brings the rows of a source into a detector's columns one by one, while the source goes on to meet levels of categories. Safe for
/// concurrent use. What it finds is what <see cref="ColumnMatch.Apply"/> finds in the whole table.
/// </summary>
internal sealed class RowMatch
{
    /// <summary>Levels of a column that are kept with their codes; others are looked up each time.</summary>
    public const int MostKnown = 256;

    private readonly IReadOnlyList<FeatureColumn> _wanted;
    private readonly int[] _places;
    private readonly bool _isSame;

    // For each column of categories the detector's code for those of the source that were asked for; null for numbers.
    private readonly ConcurrentDictionary<int, int>?[] _codes;

    /// <param name="name">The source, for messages.</param>
    /// <param name="given">Its columns, with kinds.</param>
    /// <param name="areNamed">Whether their names are its own.</param>
    /// <param name="detector">The detector.</param>
    /// <param name="wanted">The detector's columns; those that many have alike may be one list.</param>
    /// <exception cref="ArgumentException">A column is missing or of another kind, or one side has names and the other has not.</exception>
    public RowMatch(string name, IReadOnlyList<FeatureColumn> given, bool areNamed, AnomalyDetector detector, IReadOnlyList<FeatureColumn> wanted)
    {
        _wanted = wanted;
        _places = ColumnMatch.Places(name, given, areNamed, detector, byPosition: false);
        _codes = new ConcurrentDictionary<int, int>?[_places.Length];
        for (int j = 0; j < _places.Length; j++)
            _codes[j] = ColumnMatch.IsCategory(wanted[j], given[_places[j]], name) ? new ConcurrentDictionary<int, int>(concurrencyLevel: 1, capacity: 7) : null;
        _isSame = _places.Length == given.Count && !_places.Where((place, j) => place != j).Any() && Array.TrueForAll(_codes, codes => codes is null);
    }

    /// <summary>Brings one row.</summary>
    /// <param name="row">The source's features.</param>
    /// <param name="given">The source's columns, with at least the levels of this row.</param>
    /// <param name="target">Receives the detector's.</param>
    public void Apply(ReadOnlySpan<double> row, IReadOnlyList<FeatureColumn> given, Span<double> target)
    {
        if (_isSame)
        {
            row.CopyTo(target);
            return;
        }

        for (int j = 0; j < _places.Length; j++)
        {
            double cell = row[_places[j]];
            target[j] = _codes[j] is { } codes && !double.IsNaN(cell) ? CodeOf((int)cell, codes, given[_places[j]], _wanted[j]) : cell;
        }
    }

    private static int CodeOf(int code, ConcurrentDictionary<int, int> codes, FeatureColumn given, FeatureColumn wanted)
    {
        if (codes.TryGetValue(code, out int known)) return known;
        string level = given.Levels[code];
        int own = ColumnMatch.UnseenLevel;
        for (int i = 0; i < wanted.Levels.Count && own < 0; i++)
        {
            if (wanted.Levels[i] == level) own = i;
        }

        if (codes.Count < MostKnown) codes[code] = own;
        return own;
    }
}
