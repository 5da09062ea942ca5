using System.Text;

namespace IadNative.Data.Formats;

/// <summary>How a CSV file is written: as the options say, and for the rest as its first rows show without doubt.</summary>
internal sealed class CsvDialect
{
    private const int SampleBytes = 48 << 10;
    private const int LargeSampleBytes = 1 << 20;

    private readonly List<string> _notes = [];

    private CsvDialect()
    {
    }

    /// <summary>The decimal mark.</summary>
    public char DecimalMark { get; private set; }

    /// <summary>The first rows.</summary>
    public CsvSample Sample { get; private set; } = null!;

    /// <summary>What was found out.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>Looks at a text's beginning, passes over lines that are no records, and sets what the records are split by.</summary>
    public static CsvDialect Find(CsvRecords records, DatasetReadOptions options, ReaderLimits limits)
    {
        var dialect = new CsvDialect();
        for (int i = 0; i < options.SkipLines && records.ReadLine(); i++)
        {
        }

        records.Comment = (byte?)options.Comment;
        byte? separator = (byte?)options.Separator ?? dialect.ReadSeparatorLine(records);
        ReadOnlySpan<byte> start = records.Ahead(SampleBytes);
        int asked = SampleBytes;
        if (start.Length >= SampleBytes && start.Count((byte)'\n') + start.Count((byte)'\r') < 4)
            start = records.Ahead(asked = LargeSampleBytes);
        bool isWhole = start.Length < asked;
        separator ??= FindSeparator(start, isWhole, records.Comment, options, limits);
        records.Separator = separator.Value;
        dialect.Sample = SampleOf(start, '.');
        dialect.DecimalMark = options.DecimalMark ?? '.';
        if (options.DecimalMark is null && separator != ',' && dialect.Sample.HasDecimalCommas(out _))
        {
            dialect.DecimalMark = ',';
            dialect._notes.Add($"numbers have a decimal comma, and {NameOf(separator.Value)} separates cells");
        }

        if (dialect.DecimalMark == ',') dialect.Sample = SampleOf(start, ',');
        return dialect;

        CsvSample SampleOf(ReadOnlySpan<byte> text, char mark) =>
            CsvSample.Of(text, isWhole, separator.Value, records.Comment, mark, limits);
    }

    // Spreadsheets write a line such as sep=; in front of everything.
    private byte? ReadSeparatorLine(CsvRecords records)
    {
        ReadOnlySpan<byte> start = records.Ahead(16);
        start = start[..Math.Min(16, start.Length)];
        int end = start.IndexOfAny((byte)'\n', (byte)'\r');
        if (end < 0) return null;
        ReadOnlySpan<byte> line = start[..end].Trim((byte)'"').TrimEnd((byte)' ');
        if (line.Length != 5 || !Encoding.ASCII.GetString(line[..4]).Equals("sep=", StringComparison.OrdinalIgnoreCase)) return null;
        byte separator = line[4];
        if (separator is (byte)'"' or > 127 || char.IsAsciiLetterOrDigit((char)separator)) return null;
        records.ReadLine();
        _notes.Add($"its first line says that {NameOf(separator)} separates cells");
        return separator;
    }

    private static byte FindSeparator(ReadOnlySpan<byte> start, bool isWhole, byte? comment, DatasetReadOptions options, ReaderLimits limits)
    {
        byte found = CsvSeparator.Detect(start, options.DecimalMark == ',' ? ";\t|"u8 : ",;\t|"u8, comment, out _);
        if (found != ',' || options.DecimalMark is not null) return found;

        // In 1,5;2,5 the comma is the more frequent of the two, but only the semicolon leaves numbers.
        byte other = CsvSeparator.Detect(start, ";\t|"u8, comment, out bool isSteady);
        return isSteady && CsvSample.Of(start, isWhole, other, comment, '.', limits).HasDecimalCommas(out bool areAllNumbers) && areAllNumbers
            ? other : found;
    }

    private static string NameOf(byte separator) => separator == '\t' ? "a tab" : $"'{(char)separator}'";
}
