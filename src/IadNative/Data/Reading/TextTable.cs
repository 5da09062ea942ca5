namespace IadNative.Data.Reading;

/// <summary>Values by texts, which are looked up without making text of them; on .NET 8, which cannot, each look-up makes one.</summary>
/// <param name="comparer">When two texts are the same.</param>
internal sealed class TextTable<TValue>(StringComparer comparer)
{
    private readonly Dictionary<string, TValue> _values = new(comparer);

    /// <summary>Texts with a value.</summary>
    public int Count => _values.Count;

    /// <summary>Gives a text a value.</summary>
    /// <exception cref="ArgumentException">It has one.</exception>
    public void Add(string text, TValue value) => _values.Add(text, value);

    /// <summary>Gives a text a value, unless it has one.</summary>
    /// <returns>Whether it had none.</returns>
    public bool TryAdd(ReadOnlySpan<char> text, TValue value)
    {
#if NET9_0_OR_GREATER
        return _values.GetAlternateLookup<ReadOnlySpan<char>>().TryAdd(text, value);
#else
        return _values.TryAdd(text.ToString(), value);
#endif
    }

    /// <summary>The value of a text.</summary>
    public bool TryGetValue(ReadOnlySpan<char> text, out TValue value)
    {
#if NET9_0_OR_GREATER
        return _values.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(text, out value!);
#else
        return _values.TryGetValue(text.ToString(), out value!);
#endif
    }
}
