using IadNative.Detectors.Options;
using IadNative.Messages;

namespace IadNative.Fleet;

/// <summary>
/// Options of a fit, each with one value or several: all combinations are option sets. Names and values are those of the command line,
/// such as <c>epochs</c> with 10 and 20. What is not named has its default.
/// </summary>
public sealed class OptionGrid
{
    /// <summary>The most sets that are kept: they are asked for in turn, and a set is made in microseconds.</summary>
    private const int MostKept = 1024;

    // Seeds are counted by the plan, threads change no result, and the last two are for images.
    private static readonly string[] s_ofPlan = ["seed", "seeds", "threads", "normalization", "sigmoid"];

    private readonly KeyValuePair<string, IReadOnlyList<string>>[] _values;
    private readonly Dictionary<int, OptionSet> _sets = [];
    private readonly Lock _gate = new();

    /// <summary>A grid.</summary>
    /// <param name="values">For each option its values, in any order; none for one set of defaults.</param>
    /// <exception cref="ArgumentException">
    /// An option is unknown, named twice or without a value; or a set of them is none that can be fitted. There may be 1,000,000 sets.
    /// </exception>
    public OptionGrid(IEnumerable<KeyValuePair<string, IReadOnlyList<string>>> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        var given = new Dictionary<string, IReadOnlyList<string>>();
        foreach ((string name, IReadOnlyList<string> texts) in values)
        {
            if (name is null || texts is null || texts.Any(text => text is null)) throw new ArgumentException("A name or value is null.", nameof(values));
            if (Names.All(known => known != name))
            {
                throw new ArgumentException(
                    $"{ForeignText.Quote(name)} is no option of a fleet; these are: {string.Join(", ", Names)}.", nameof(values));
            }

            if (texts.Count == 0 || texts.Distinct().Count() < texts.Count || !given.TryAdd(name, [.. texts]))
                throw new ArgumentException($"The option {name} needs one value or several different ones, named once.", nameof(values));
        }

        _values = [.. Names.Where(given.ContainsKey).Select(name => KeyValuePair.Create(name, given[name]))];
        double count = _values.Aggregate(1.0, (product, option) => product * option.Value.Count);
        if (count > MostSets) throw new ArgumentException($"The options have {count:F0} combinations; allowed are {MostSets}.", nameof(values));
        Count = (int)count;
        // A plan of others may have as many as are allowed: they are checked, and not kept.
        for (int i = 0; i < Count; i++) _ = Make(i);
    }

    /// <summary>The most combinations.</summary>
    public const int MostSets = 1_000_000;

    /// <summary>The options that a fleet may set, in the order in which combinations are counted.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [.. FitOptionTable.All.Select(option => option.Name).Where(name => !s_ofPlan.Contains(name) && name != "points")];

    /// <summary>One set: all options at their defaults.</summary>
    public static OptionGrid Default { get; } = new([]);

    /// <summary>The options that are set, in the order of <see cref="Names"/>, each with its values as they were given.</summary>
    public IReadOnlyList<KeyValuePair<string, IReadOnlyList<string>>> Values => _values;

    /// <summary>Number of option sets, at least 1.</summary>
    public int Count { get; }

    /// <summary>Reads a grid such as <c>epochs=10,20;model=svdd,ae</c>.</summary>
    /// <exception cref="ArgumentException">It is none.</exception>
    public static OptionGrid Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new OptionGrid(Read(text));
    }

    /// <summary>An option set. The last option runs through its values fastest.</summary>
    /// <param name="index">0 to <see cref="Count"/> - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is none of this number.</exception>
    public OptionSet At(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        lock (_gate)
        {
            if (_sets.TryGetValue(index, out OptionSet? known)) return known;
            if (_sets.Count == MostKept) _sets.Clear();
            return _sets[index] = Make(index);
        }
    }

    /// <summary>How many sets are kept at once.</summary>
    internal int Kept => _sets.Count;

    private OptionSet Make(int index)
    {
        var given = new KeyValuePair<string, string>[_values.Length];
        int rest = index;
        for (int k = _values.Length - 1; k >= 0; k--)
        {
            IReadOnlyList<string> texts = _values[k].Value;
            given[k] = KeyValuePair.Create(_values[k].Key, texts[rest % texts.Count]);
            rest /= texts.Count;
        }

        return new OptionSet(given);
    }

    /// <summary>The options of a text such as <c>epochs=10,20;model=svdd,ae</c>, not yet checked.</summary>
    /// <exception cref="ArgumentException">It is no list of options.</exception>
    internal static IEnumerable<KeyValuePair<string, IReadOnlyList<string>>> Read(string text)
    {
        foreach (string option in text.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = option.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                throw new ArgumentException(
                    $"{ForeignText.Quote(option)} is no option with its values; write it as epochs=10,20 and separate options by semicolons.", nameof(text));
            }

            yield return KeyValuePair.Create<string, IReadOnlyList<string>>(
                option[..equals].Trim(), option[(equals + 1)..].Split(',', StringSplitOptions.TrimEntries));
        }
    }
}
