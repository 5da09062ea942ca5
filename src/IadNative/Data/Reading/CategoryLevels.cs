namespace IadNative.Data.Reading;

/// <summary>The levels of one category column: a growing list in the order in which they are met, or a fixed one.</summary>
internal sealed class CategoryLevels
{
    /// <summary>The most levels of one column; a column with more is no category.</summary>
    public const int Most = 10_000;

    private readonly TextTable<int> _codes = new(StringComparer.Ordinal);
    private readonly List<string> _levels = [];
    private readonly bool _fixed;

    /// <param name="known">The levels that there are; null for those that will be met.</param>
    public CategoryLevels(IReadOnlyList<string>? known = null)
    {
        foreach (string level in known ?? []) Add(level);
        _fixed = known is not null;
    }

    /// <summary>The levels in the order of their codes.</summary>
    public IReadOnlyList<string> Levels => _levels;

    /// <summary>The code of a level: from 0 in the order of first appearance, or -1 for one that a fixed list does not have.</summary>
    /// <returns>False where there are too many levels.</returns>
    public bool TryCode(ReadOnlySpan<char> text, out int code)
    {
        if (_codes.TryGetValue(text, out code)) return true;
        code = -1;
        if (_fixed) return true;
        if (_levels.Count == Most) return false;
        code = Add(text.ToString());
        return true;
    }

    private int Add(string level)
    {
        _codes.Add(level, _levels.Count);
        _levels.Add(level);
        return _levels.Count - 1;
    }
}
