using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;
using IadNative.Detectors.Options;
using IadNative.Messages;

namespace IadNative.Cli;

/// <summary>The kinds of options that the commands are made of, each with an error that says what is allowed.</summary>
internal static class CommandOptions
{
    /// <summary>A number, written with a point and without group separators, whatever the locale.</summary>
    public static Option<T> Number<T>(string name, string helpName, string description, T byDefault)
        where T : struct, INumber<T> => Create(name, helpName, description, byDefault, ReadNumber<T>);

    /// <summary>A number like that of <see cref="Number"/>; null where it is not given, which the description explains.</summary>
    public static Option<T?> OptionalNumber<T>(string name, string helpName, string description)
        where T : struct, INumber<T> => Create<T?>(name, helpName, description, null, text => ReadNumber<T>(text));

    /// <summary>One of a few words.</summary>
    public static Option<string> Choice(string name, string description, string byDefault, IReadOnlyList<string> words)
    {
        Option<string> option = Create(name, string.Join('|', words), description, byDefault, text =>
            words.Contains(text) ? text : throw new FormatException($"{ForeignText.Quote(text)} is none of {string.Join(", ", words)}."));
        option.CompletionSources.Add([.. words]);
        return option;
    }

    /// <summary>A value that <paramref name="parse"/> reads or refuses with a <see cref="FormatException"/>.</summary>
    public static Option<T> Parsed<T>(string name, string helpName, string description, T byDefault, Func<string, T> parse) =>
        Create(name, helpName, description, byDefault, parse);

    /// <summary>An option of the library's table: what it means and its default stand there.</summary>
    public static Option OfTable(FitOption option)
    {
        string meaning = option.Meaning.Replace("`", "", StringComparison.Ordinal);
        string description = char.ToUpperInvariant(meaning[0]) + meaning[1..] + ".";
        if (option.IsSwitch) return Flag(option.CommandLineName, description);
        string byDefault = FitOptionTable.DefaultOf(option).Replace("`", "", StringComparison.Ordinal);
        Option<string?> created = Create<string?>(
            option.CommandLineName, option.Placeholder, $"{description} [default: {byDefault}]", null, text =>
            {
                if (option.Words.Count > 0 && !option.Words.Contains(text))
                    throw new FormatException($"{ForeignText.Quote(text)} is none of {string.Join(", ", option.Words)}.");
                option.Check(text);
                return text;
            });
        created.CompletionSources.Add([.. option.Words]);
        return created;
    }

    /// <summary>What a command line says of an option of the table that it gives.</summary>
    public static string TextOf(FitOption option, Option symbol, ParseResult parsed) =>
        option.IsSwitch ? (option.IsOnByDefault ? "false" : "true") : parsed.GetValue((Option<string?>)symbol)!;

    /// <summary>A text without a default.</summary>
    public static Option<string?> Text(string name, string helpName, string description) =>
        new(name) { HelpName = helpName, Description = description };

    /// <summary>A switch that is off unless given.</summary>
    public static Option<bool> Flag(string name, string description) => new(name) { Description = description };

    private static Option<T> Create<T>(string name, string helpName, string description, T byDefault, Func<string, T> parse)
    {
        var option = new Option<T>(name) { HelpName = helpName, Description = description };
        option.CustomParser = result => Read(result, name, parse);
        if (byDefault is not null) option.DefaultValueFactory = _ => byDefault;
        return option;
    }

    private static T ReadNumber<T>(string text)
        where T : struct, INumber<T>
    {
        bool whole = T.IsInteger(T.One / (T.One + T.One));
        NumberStyles styles = whole ? NumberStyles.AllowLeadingSign : NumberStyles.Float;
        return T.TryParse(text, styles, CultureInfo.InvariantCulture, out T value)
            ? value
            : throw new FormatException($"{ForeignText.Quote(text)} is no {(whole ? "whole number in range" : "number")}.");
    }

    private static T? Read<T>(ArgumentResult result, string name, Func<string, T> parse)
    {
        try
        {
            return parse(result.Tokens[0].Value);
        }
        catch (FormatException exception)
        {
            result.AddError($"{name}: {exception.Message}");
            return default;
        }
    }
}
