using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace IadNative.Data.Reading;

/// <summary>
/// What the cells of a table mean, the same for all formats: numbers, yes or no, levels of categories, missing, or refused. Formats
/// name a cell by its feature; messages by its column in the source.
/// </summary>
internal sealed class FeatureCells
{
    private static readonly string[] s_missing = ["", "NA", "N/A", "NaN", "null", "?"];

    private readonly string _file;
    private readonly TableColumns _columns;
    private readonly string[] _tokens;
    private readonly bool _mayBeMissing;
    private readonly FeatureKind[] _kinds;
    private readonly bool[] _isOpen;
    private readonly bool[] _isPlain;
    private readonly double[] _numericTokens;
    private readonly CategoryLevels?[] _levels;
    private readonly char _decimal;
    private readonly (string What, string Option) _names;

    /// <param name="file">The source, for messages.</param>
    /// <param name="columns">Which column of the source is what.</param>
    /// <param name="request">Options and schema.</param>
    /// <param name="decimalMark">A point or a comma, in numbers that are text.</param>
    public FeatureCells(string file, TableColumns columns, ReadRequest request, char decimalMark = '.')
    {
        _file = file;
        _columns = columns;
        _decimal = decimalMark;
        _names = (request.Options.IdMeaning, request.Options.IdOption);
        _tokens = [.. request.Options.MissingTokens.Select(token => token.Trim())];
        _numericTokens = [.. _tokens.Where(token => TryNumber(token, '.', out _)).Select(token => double.Parse(token, CultureInfo.InvariantCulture))];
        _mayBeMissing = request.Options.Missing != MissingValues.Error;
        _kinds = Array.ConvertAll(columns.Features, feature => feature.Kind);
        _isOpen = Array.ConvertAll(_kinds, kind => !columns.HasSchema && kind == FeatureKind.Number);
        _isPlain = Array.ConvertAll(_kinds, kind => columns.HasSchema && kind == FeatureKind.Number);
        _levels = Array.ConvertAll(columns.Features, feature => feature.Kind != FeatureKind.Category
            ? null : new CategoryLevels(columns.HasSchema ? feature.Levels : null));
        Missing = new long[_kinds.Length];
    }

    /// <summary>The features with the kinds and levels met so far.</summary>
    public IReadOnlyList<FeatureColumn> Features => _columns.HasSchema ? _columns.Features : [.. _columns.Features.Select((feature, i) =>
        feature with { Kind = _kinds[i], Levels = _levels[i] is { } levels ? [.. levels.Levels] : [] })];

    /// <summary>For each feature how many of its cells were missing.</summary>
    public long[] Missing { get; }

    /// <summary>The cells that are refused.</summary>
    public BadCells Bad { get; } = new();

    /// <summary>
    /// Whether a cell that was read as this number is simply the number: in a column that is known to hold numbers, neither too large
    /// nor missing. If not, <see cref="OfNumber"/> or <see cref="OfText"/> decides.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool IsPlain(double value, int feature) =>
        _isPlain[feature] && float.IsFinite((float)value) && (_numericTokens.Length == 0 || !_numericTokens.Contains(value));

    /// <summary>Whether all of some cells of a column are plain numbers; where it says no, they may be all the same.</summary>
    public bool ArePlain(ReadOnlySpan<double> values, int feature)
    {
        if (!_isPlain[feature] || _numericTokens.Length > 0) return false;
        var most = new Vector<double>(float.MaxValue);
        for (; values.Length >= Vector<double>.Count; values = values[Vector<double>.Count..])
        {
            if (!Vector.LessThanOrEqualAll(Vector.Abs(new Vector<double>(values)), most)) return false;
        }

        foreach (double value in values)
        {
            if (!(Math.Abs(value) <= float.MaxValue)) return false;
        }

        return true;
    }

    /// <summary>The number of a cell that is stored as a number; NaN is missing.</summary>
    /// <param name="value">The number.</param>
    /// <param name="feature">Its feature.</param>
    /// <param name="row">The row from 0, without a header.</param>
    /// <param name="line">Its line from 1, or 0 where the format has none.</param>
    public double OfNumber(double value, int feature, long row, long line = 0)
    {
        if (IsPlain(value, feature)) return value;
        if (double.IsNaN(value)) return OfMissing("NaN", feature, row, line);
        Span<char> text = stackalloc char[32];
        value.TryFormat(text, out int length, "R", CultureInfo.InvariantCulture);
        if (_decimal != '.') text[..length].Replace('.', _decimal);
        return OfText(text[..length], feature, row, line);
    }

    /// <summary>The number of a cell that is stored as text.</summary>
    /// <param name="text">The text, unquoted.</param>
    /// <param name="feature">Its feature.</param>
    /// <param name="row">The row from 0, without a header.</param>
    /// <param name="line">Its line from 1, or 0 where the format has none.</param>
    public double OfText(ReadOnlySpan<char> text, int feature, long row, long line)
    {
        text = text.Trim();
        if (IsMissing(text)) return OfMissing(text, feature, row, line);
        if (_isOpen[feature])
        {
            _isOpen[feature] = false;
            if (IsWord(text, "true") || IsWord(text, "false")) _kinds[feature] = FeatureKind.Boolean;
            else _isPlain[feature] = true;
        }

        switch (_kinds[feature])
        {
            case FeatureKind.Category:
                if (_levels[feature]!.TryCode(text, out int code)) return code;
                throw new DataFormatException($"{_file}: {_columns.Describe(_columns.Sources[feature])} has more than " +
                    $"{CategoryLevels.Most:N0} levels, too many for a category. Leave it out with --drop, " +
                    $"or, if it names {_names.What}, take it as {_names.Option}.");
            case FeatureKind.Boolean:
                if (IsWord(text, "true") || text is "1") return 1;
                if (IsWord(text, "false") || text is "0") return 0;
                break;
            default:
                if (TryNumber(text, _decimal, out double value))
                {
                    if (double.IsNaN(value)) return OfMissing(text, feature, row, line);
                    if (float.IsFinite((float)value)) return value;
                }

                break;
        }

        return Refuse(text, feature, row, line);
    }

    /// <summary>A cell that is there, but holds nothing.</summary>
    public double OfMissing(ReadOnlySpan<char> text, int feature, long row, long line)
    {
        Missing[feature]++;
        if (!_mayBeMissing) Bad.Add(row, line, _columns.Sources[feature], text, isMissing: true);
        return double.NaN;
    }

    /// <summary>A cell that cannot be used.</summary>
    public double Refuse(ReadOnlySpan<char> text, int feature, long row, long line)
    {
        Bad.Add(row, line, _columns.Sources[feature], text, isMissing: false);
        return double.NaN;
    }

    /// <summary>Whether a text without spaces around it means missing.</summary>
    public bool IsMissing(ReadOnlySpan<char> text)
    {
        foreach (string token in s_missing)
        {
            if (IsWord(text, token)) return true;
        }

        foreach (string token in _tokens)
        {
            if (text.SequenceEqual(token)) return true;
        }

        return _numericTokens.Length > 0 && TryNumber(text, _decimal, out double number) && _numericTokens.Contains(number);
    }

    /// <summary>A number as text, with a point or, where that is the mark, a comma.</summary>
    public static bool TryNumber(ReadOnlySpan<char> text, char decimalMark, out double value)
    {
        if (decimalMark == '.' || text.Length > 400) return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value);
        Span<char> pointed = stackalloc char[text.Length];
        text.Replace(pointed, ',', '.');
        value = 0;
        return !text.Contains('.') && double.TryParse(pointed, NumberStyles.Float, CultureInfo.InvariantCulture, out value);
    }

    private static bool IsWord(ReadOnlySpan<char> text, string word) => text.Equals(word, StringComparison.OrdinalIgnoreCase);
}
