using System.Globalization;
using IadNative.Messages;

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
    private readonly TextTable<ushort> _codes = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<(string Text, string Place)> _values = [];
    private readonly string _source;

    /// <param name="source">The column or array, for messages.</param>
    /// <param name="positive">The value that marks an anomaly; null tells by the values.</param>
    public LabelValues(string source, string? positive)
    {
        _source = source;
        _positive = positive is null ? null : Plain(positive);
    }

    /// <summary>The code of a value as text.</summary>
    /// <param name="text">The cell.</param>
    /// <param name="row">Its row from 0, without a header.</param>
    /// <param name="line">Its line from 1, or 0 where the format has none.</param>
    /// <exception cref="DataFormatException">There are more distinct values than any labels have.</exception>
    public ushort CodeOf(ReadOnlySpan<char> text, long row, long line = 0)
    {
        if (_codes.TryGetValue(text, out ushort code)) return code;
        string value = Plain(text);
        if (!_codes.TryGetValue(value, out code))
        {
            string place = $"{BadCells.Place(row, line)} of {_source}";
            if (_values.Count > ushort.MaxValue) throw new DataFormatException($"{place} is the {_values.Count + 1}th distinct value; no labels are so many.");
            code = (ushort)_values.Count;
            _values.Add((value, place));
            _codes.Add(value, code);
        }

        // The spelling in the file is found at once from now on.
        if (_codes.Count < ushort.MaxValue) _codes.TryAdd(text, code);
        return code;
    }

    /// <summary>The code of a value as a number.</summary>
    public ushort CodeOf(double number, long row)
    {
        Span<char> text = stackalloc char[32];
        number.TryFormat(text, out int length, "R", CultureInfo.InvariantCulture);
        return CodeOf(text[..length], row);
    }

    /// <summary>The value of a code.</summary>
    public string TextOf(ushort code) => _values[code].Text;

    /// <summary>The code of a value that <see cref="TextOf"/> gives, or -1.</summary>
    public int IndexOf(string text) => _values.FindIndex(value => value.Text == text);

    /// <summary>Whether the rows are taken without labels where these make no sense, since nobody asked for them.</summary>
    public bool AreOptional { get; init; }

    /// <summary>What to say of optional labels that make no sense; null otherwise.</summary>
    public string? WhyNone { get; private set; }

    /// <summary>For each code whether it marks an anomaly; to be asked when all rows are read.</summary>
    /// <param name="file">For messages.</param>
    /// <param name="anomalies">One a code.</param>
    /// <param name="note">What was told by the values and is worth saying; or null.</param>
    /// <returns>False where optional labels make no sense; <see cref="WhyNone"/> says so then.</returns>
    /// <exception cref="DataFormatException">A value is no label, or none is the declared one.</exception>
    public bool TryMeanings(string file, out bool[] anomalies, out string? note)
    {
        note = null;
        Predicate<string>? isAnomaly = null;
        if (_positive is not null)
        {
            RefuseIfAny(file, text => text.Length == 0);
            isAnomaly = text => Is(text, _positive);
            if (!_values.Exists(value => isAnomaly(value.Text)))
                throw new DataFormatException($"{file}: no label is {ForeignText.Quote(_positive)}. The labels are {List(_ => true)}.");
        }
        else if (_values.Exists(value => value.Text == "-1") && _values.TrueForAll(value => value.Text is "1" or "-1"))
        {
            isAnomaly = text => text == "-1";
            note = "of the labels 1 and -1, -1 is taken for an anomaly";
        }
        else if (_values.TrueForAll(value => IsKnown(value.Text)))
        {
            isAnomaly = text => IsOneOf(s_anomalous, text);
        }
        else if (_values.Exists(value => Is(value.Text, "normal")) && _values.TrueForAll(value => IsWord(value.Text)))
        {
            isAnomaly = text => !Is(text, "normal");
            note = $"all labels but 'normal' are taken for anomalies: {List(isAnomaly)}";
        }
        else if (AreOptional)
        {
            WhyNone = $"the labels are passed over, since they do not say what is an anomaly: {List(_ => true)}";
        }
        else
        {
            RefuseIfAny(file, text => text.Length == 0);
            RefuseIfAny(file, text => !IsKnown(text));
        }

        anomalies = isAnomaly is null ? [] : [.. _values.Select(value => isAnomaly(value.Text))];
        return isAnomaly is not null;
    }

    /// <summary>Whether a text is one of the words and numbers that are labels by themselves.</summary>
    public static bool IsLabel(ReadOnlySpan<char> text)
    {
        string plain = Plain(text);
        return plain == "-1" || IsKnown(plain);
    }

    private void RefuseIfAny(string file, Predicate<string> isBad)
    {
        int bad = _values.FindIndex(value => isBad(value.Text));
        if (bad >= 0) throw new DataFormatException($"{file}: {Refusal(_values[bad].Text, _values[bad].Place)}");
    }

    private string List(Predicate<string> isListed) =>
        ColumnName.List([.. _values.Select(value => value.Text).Where(text => isListed(text))]);

    private static bool IsKnown(string text) => IsOneOf(s_normal, text) || IsOneOf(s_anomalous, text);

    private static string Refusal(string text, string place) => $"{place} holds {ForeignText.Quote(text)}, which is no label; {Allowed}.";

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
