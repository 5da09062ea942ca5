using System.Globalization;

namespace IadNative.Data.Reading;

/// <summary>
/// The distinct values of a label column, as they are met. What they mean is known when all are: 0, false, no, normal and inlier are
/// normal, and 1, true, yes, anomaly and outlier are anomalies; of 1 and -1 alone, -1 is the anomaly; beside normal alone, any word is
/// one. Words in any case. One value may be declared to be the anomaly instead.
/// </summary>
internal sealed class LabelValues
{
    /// <summary>For messages.</summary>
    public const string Allowed = "labels are 0 or 1 (1 = anomaly), false or true, no or yes, normal or anomaly, inlier or outlier, " +
        "or 1 or -1 (-1 = anomaly); --positive VALUE says which value marks an anomaly";

    private static readonly string[] s_normal = ["0", "false", "no", "normal", "inlier"];
    private static readonly string[] s_anomalous = ["1", "true", "yes", "anomaly", "outlier"];

    private readonly string? _positive;
    private readonly Dictionary<string, ushort> _codes = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, ushort>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly List<(string Text, string Place)> _values = [];
    private readonly string _source;

    /// <param name="source">The column or array, for messages.</param>
    /// <param name="positive">The value that marks an anomaly; null tells by the values.</param>
    public LabelValues(string source, string? positive)
    {
        _source = source;
        _positive = positive is null ? null : Plain(positive);
        _lookup = _codes.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>The code of a value as text.</summary>
    /// <param name="text">The cell.</param>
    /// <param name="row">Its row from 0, without a header.</param>
    /// <param name="line">Its line from 1, or 0 where the format has none.</param>
    /// <exception cref="DataFormatException">There are more distinct values than any labels have.</exception>
    public ushort CodeOf(ReadOnlySpan<char> text, long row, long line = 0)
    {
        if (_lookup.TryGetValue(text, out ushort code)) return code;
        string value = Plain(text);
        if (!_codes.TryGetValue(value, out code))
        {
            string place = $"{BadCells.Place(row, line)} of {_source}";
            if (_values.Count > ushort.MaxValue) throw new DataFormatException(Refusal(value, place));
            code = (ushort)_values.Count;
            _values.Add((value, place));
            _codes.Add(value, code);
        }

        // The spelling in the file is found at once from now on.
        if (_codes.Count < ushort.MaxValue) _lookup.TryAdd(text, code);
        return code;
    }

    /// <summary>The code of a value as a number.</summary>
    public ushort CodeOf(double number, long row)
    {
        Span<char> text = stackalloc char[32];
        number.TryFormat(text, out int length, "R", CultureInfo.InvariantCulture);
        return CodeOf(text[..length], row);
    }

    /// <summary>For each code whether it marks an anomaly; to be asked when all rows are read.</summary>
    /// <param name="note">What was told by the values and is worth saying; or null.</param>
    /// <exception cref="DataFormatException">A value is no label, or none is the declared one.</exception>
    public bool[] Meanings(string file, out string? note)
    {
        note = null;
        if (_positive is not null)
        {
            if (_values.Exists(value => value.Text == "")) throw Error(file, _values.Find(value => value.Text == ""));
            if (_values.Exists(value => Is(value.Text, _positive))) return [.. _values.Select(value => Is(value.Text, _positive))];
            throw new DataFormatException($"{file}: no label is {BadCells.Quote(_positive)}. The labels are " +
                $"{ColumnName.List([.. _values.Select(value => value.Text)])}.");
        }

        if (_values.TrueForAll(value => value.Text is "1" or "-1") && _values.Exists(value => value.Text == "-1"))
        {
            note = "of the labels 1 and -1, -1 is taken for an anomaly";
            return [.. _values.Select(value => value.Text == "-1")];
        }

        if (_values.TrueForAll(value => IsOneOf(s_normal, value.Text) || IsOneOf(s_anomalous, value.Text)))
            return [.. _values.Select(value => IsOneOf(s_anomalous, value.Text))];
        if (_values.Exists(value => Is(value.Text, "normal")) && _values.TrueForAll(value => IsWord(value.Text)))
        {
            note = "all labels but 'normal' are taken for anomalies: " +
                ColumnName.List([.. _values.Select(value => value.Text).Where(text => !Is(text, "normal"))]);
            return [.. _values.Select(value => !Is(value.Text, "normal"))];
        }

        throw Error(file, _values.Find(value => !IsOneOf(s_normal, value.Text) && !IsOneOf(s_anomalous, value.Text)));
    }

    /// <summary>Whether a text is one of the words and numbers that are labels by themselves.</summary>
    public static bool IsLabel(ReadOnlySpan<char> text)
    {
        string plain = Plain(text);
        return plain == "-1" || IsOneOf(s_normal, plain) || IsOneOf(s_anomalous, plain);
    }

    private static DataFormatException Error(string file, (string Text, string Place) value) =>
        new($"{file}: {Refusal(value.Text, value.Place)}");

    private static string Refusal(string text, string place) => $"{place} holds {BadCells.Quote(text)}, which is no label; {Allowed}.";

    // Without spaces around it, and numbers that are written in several ways in one: 1.0 is 1.
    private static string Plain(ReadOnlySpan<char> text)
    {
        text = text.Trim();
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && number is 0 or 1 or -1
            ? ((int)number).ToString(CultureInfo.InvariantCulture)
            : text.ToString();
    }

    private static bool IsWord(string text) => text.Length > 0 && !double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    private static bool IsOneOf(string[] words, string text) => Array.Exists(words, word => Is(word, text));

    private static bool Is(string left, string right) => left.Equals(right, StringComparison.OrdinalIgnoreCase);
}
