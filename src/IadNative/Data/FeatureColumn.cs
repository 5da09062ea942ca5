using IadNative.Data;

namespace IadNative;

/// <summary>What the cells of a column are.</summary>
public enum FeatureKind
{
    /// <summary>Numbers.</summary>
    Number,

    /// <summary>Yes or no, as 1 and 0.</summary>
    Boolean,

    /// <summary>One of several levels, as its code: the level's place in <see cref="FeatureColumn.Levels"/>.</summary>
    Category,
}

/// <summary>A column of a table: one feature of its samples.</summary>
/// <param name="Name">Its name, x1 ... xd where the source gives none.</param>
/// <param name="Kind">What its cells are.</param>
public sealed record FeatureColumn(string Name, FeatureKind Kind = FeatureKind.Number)
{
    /// <summary>The levels of a category in the order of their codes, from 0; empty for other kinds.</summary>
    public IReadOnlyList<string> Levels { get; init; } = [];

    /// <summary>Whether name, kind and levels are the same.</summary>
    public bool Equals(FeatureColumn? other) =>
        other is not null && (Name, Kind) == (other.Name, other.Kind) && Levels.SequenceEqual(other.Levels);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, Kind, Levels.Count);

    /// <summary>Columns of numbers.</summary>
    /// <param name="names">One a column; null for x1 ... xd.</param>
    /// <param name="columns">d.</param>
    /// <exception cref="ArgumentException">There are not as many names.</exception>
    internal static FeatureColumn[] Numbers(IReadOnlyList<string>? names, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        if (names is not null && names.Count != columns)
            throw new ArgumentException($"{columns} names are expected, not {names.Count}.", nameof(names));
        return [.. Enumerable.Range(0, columns).Select(i => new FeatureColumn(names?[i] ?? $"x{i + 1}"))];
    }
}
