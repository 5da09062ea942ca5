using System.CommandLine;
using System.Text;
using System.Text.Json;
using IadNative.Messages;
using IadNative.Parquet;

namespace IadNative.Cli;

/// <summary>The options of all commands that read a table: which columns are what, and how text is written.</summary>
internal sealed class ReadingSyntax
{
    /// <summary>Shown at the end of a command's help.</summary>
    public const string Examples = """
          iad fit export.csv --sep ';' --decimal , --drop id,comment --categorical color,size
          iad fit log.jsonl.zst --id request --na -999 --missing median
          iad fit kdd.csv.zip --header no --label -1 --positive attack
          zcat big.csv.gz | iad fit - --label label
        """;

    private static readonly string[] s_headerWords = ["auto", "yes", "no"];

    private readonly Option<string[]> _drop = Columns("--drop", "Columns that are left out.");

    private readonly Option<string[]> _categorical = Columns("--categorical", "Columns that hold categories.");

    private readonly Option<string?> _id = CommandOptions.Text("--id", "COL", "Column that names the samples: no feature, but passed through to the scores.");

    private readonly Option<string?> _positive = CommandOptions.Text("--positive", "VALUE",
        "The label that marks an anomaly, all others being normal; without it 1, true, yes, anomaly or outlier, or -1 beside 1, or "
        + "whatever is not 'normal'.");

    private readonly Option<string[]> _tokens = new("--na")
    {
        HelpName = "TOKEN",
        Description = "Text or number that means missing, besides an empty cell, NA, N/A, NaN, null and ?; may be repeated.",
    };

    private readonly Option<char?> _separator = Character("--sep", "What separates cells, such as ; or tab; without it the content tells.");

    private readonly Option<char?> _decimal = Character("--decimal", "The decimal mark, . or , ; without it the content tells.");

    private readonly Option<string> _header = CommandOptions.Choice("--header", "Whether the first row names the columns.", "auto", s_headerWords);

    private readonly Option<int> _skip = CommandOptions.Number("--skip", "N", "Lines at the beginning that are passed over.", 0);

    private readonly Option<char?> _comment = Character("--comment", "Lines that begin with this character are passed over.");

    private readonly Option<Encoding?> _encoding = CommandOptions.Parsed<Encoding?>("--encoding", "NAME",
        "How characters are stored: utf-8, utf-16, latin1, windows-1252 ...; without it a byte order mark tells, or else UTF-8.", null, ParseEncoding);

    private readonly Option<int?> _growth = CommandOptions.OptionalNumber<int>("--max-growth", "N",
        "How many times its size the data may become, unpacked or in memory; without it 500 and 1000, and always 256 and 64 MiB.");

    /// <summary>The options.</summary>
    public IReadOnlyList<Option> All => [_drop, _categorical, _id, _positive, _tokens, _separator, _decimal, _header, _skip, _comment, _encoding, _growth];

    /// <summary>The options of commands that name rows by their parts.</summary>
    public IEnumerable<Option> OfParts => All.Where(option => option != _id);

    /// <summary>What a parsed command line says.</summary>
    public DatasetReadOptions Bind(ParseResult parsed) => new()
    {
        Drop = [.. (parsed.GetValue(_drop) ?? []).SelectMany(SplitColumns)],
        Categorical = [.. (parsed.GetValue(_categorical) ?? []).SelectMany(SplitColumns)],
        Id = parsed.GetValue(_id),
        Positive = parsed.GetValue(_positive),
        MissingTokens = parsed.GetValue(_tokens) ?? [],
        Separator = parsed.GetValue(_separator),
        DecimalMark = parsed.GetValue(_decimal),
        Header = parsed.GetValue(_header) switch { "yes" => true, "no" => false, _ => null },
        SkipLines = parsed.GetValue(_skip),
        Comment = parsed.GetValue(_comment),
        Encoding = parsed.GetValue(_encoding),
        MaxGrowth = parsed.GetValue(_growth),
        Formats = [new ParquetFormat(), new ArrowFormat()],
    };

    /// <summary>Writes the options as they were used, null where the content decides.</summary>
    public static void WriteJson(Utf8JsonWriter json, DatasetReadOptions options)
    {
        WriteList("drop", options.Drop);
        WriteList("categorical", options.Categorical);
        json.WriteString("id", options.Id);
        json.WriteString("positive", options.Positive);
        WriteList("na", options.MissingTokens);
        json.WriteString("sep", options.Separator?.ToString());
        json.WriteString("decimal", options.DecimalMark?.ToString());
        json.WriteString("header", options.Header switch { true => "yes", false => "no", null => s_headerWords[0] });
        json.WriteNumber("skip", options.SkipLines);
        json.WriteString("comment", options.Comment?.ToString());
        json.WriteString("encoding", options.Encoding?.WebName);
        json.WriteNullable("maxGrowth", options.MaxGrowth);

        void WriteList(string name, IReadOnlyList<string> values)
        {
            json.WriteStartArray(name);
            foreach (string value in values) json.WriteStringValue(value);
            json.WriteEndArray();
        }
    }

    /// <summary>A list of columns: commas separate them, and a name with a comma stands in double quotes.</summary>
    public static IEnumerable<string> SplitColumns(string text)
    {
        var name = new StringBuilder();
        bool isQuoted = false;
        foreach (char c in text)
        {
            if (c == '"')
            {
                isQuoted = !isQuoted;
            }
            else if (c == ',' && !isQuoted)
            {
                yield return name.ToString().Trim();
                name.Clear();
            }
            else
            {
                name.Append(c);
            }
        }

        yield return name.ToString().Trim();
    }

    private static Option<string[]> Columns(string name, string description) => new(name)
    {
        HelpName = "COLS",
        Description = description + " Names or numbers with commas between them, such as a,b or 1,-2; may be repeated.",
    };

    private static Option<char?> Character(string name, string description) => CommandOptions.Parsed<char?>(name, "C", description, null, text => text switch
    {
        "tab" or "\\t" => '\t',
        "space" => ' ',
        { Length: 1 } => text[0],
        _ => throw new FormatException($"{ForeignText.Quote(text)} is not one character; give one, or tab or space."),
    });

    private static Encoding? ParseEncoding(string name)
    {
        try
        {
            return CodePagesEncodingProvider.Instance.GetEncoding(name) ?? Encoding.GetEncoding(name);
        }
        catch (ArgumentException)
        {
            throw new FormatException($"{ForeignText.Quote(name)} is no encoding; utf-8, utf-16, latin1 and windows-1252 are some.");
        }
    }
}
