using System.Globalization;
using System.Numerics;
using System.Text.Json;
using IadNative.Messages;

namespace IadNative.Detectors.Options;

/// <summary>How values of an option are written and read, in words and in JSON.</summary>
/// <param name="Parse">Reads a word or refuses it with a <see cref="FormatException"/>.</param>
/// <param name="ToText">The word that Parse reads; null for no value.</param>
/// <param name="WriteJson">Writes a value under a name.</param>
/// <param name="ReadJson">Reads a value or refuses it with a <see cref="FormatException"/>.</param>
/// <param name="Words">All words, where they are few; empty where they are not.</param>
internal sealed record OptionKind<T>(
    Func<string, T> Parse, Func<T, string?> ToText, Action<Utf8JsonWriter, string, T> WriteJson, Func<JsonElement, T> ReadJson,
    IReadOnlyList<string> Words);

/// <summary>The kinds of values that options have.</summary>
internal static class OptionKinds
{
    /// <summary>Yes or no.</summary>
    public static OptionKind<bool> Flag { get; } = new(
        text => bool.TryParse(text, out bool value) ? value : throw new FormatException($"{ForeignText.Quote(text)} is neither true nor false."),
        value => value ? "true" : "false", (json, name, value) => json.WriteBoolean(name, value), json => json.GetBoolean(), []);

    /// <summary>A whole number.</summary>
    public static OptionKind<int> Whole { get; } = new(
        Number<int>, Text, (json, name, value) => json.WriteNumber(name, value), json => json.GetInt32(), []);

    /// <summary>A whole number of 64 bits.</summary>
    public static OptionKind<ulong> LongWhole { get; } = new(
        Number<ulong>, Text, (json, name, value) => json.WriteNumber(name, value), json => json.GetUInt64(), []);

    /// <summary>A number.</summary>
    public static OptionKind<double> Real { get; } = new(
        Number<double>, Text, (json, name, value) => json.WriteNumber(name, value), json => json.GetDouble(), []);

    /// <summary>A kind where there may be no value.</summary>
    public static OptionKind<T?> Optional<T>(OptionKind<T> kind)
        where T : struct => new(
        text => kind.Parse(text), value => value is { } some ? kind.ToText(some) : null,
        (json, name, value) =>
        {
            if (value is { } some) kind.WriteJson(json, name, some);
            else json.WriteNull(name);
        },
        json => kind.ReadJson(json), kind.Words);

    /// <summary>A value with a text form.</summary>
    public static OptionKind<T> Named<T>(Func<string, T> parse, Func<T, string?> toText, params string[] words) => new(
        parse, toText, (json, name, value) => json.WriteString(name, toText(value)),
        json => parse(json.GetString()!), words);

    // Written with a point and without group separators, whatever the locale.
    private static T Number<T>(string text)
        where T : struct, INumber<T>
    {
        bool whole = T.IsInteger(T.One / (T.One + T.One));
        NumberStyles styles = whole ? NumberStyles.AllowLeadingSign : NumberStyles.Float;
        return T.TryParse(text, styles, CultureInfo.InvariantCulture, out T value)
            ? value
            : throw new FormatException($"{ForeignText.Quote(text)} is no {(whole ? "whole number in range" : "number")}.");
    }

    private static string? Text<T>(T value)
        where T : struct, IFormattable => value.ToString(null, CultureInfo.InvariantCulture);
}
