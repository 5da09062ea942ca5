using System.Globalization;
using System.Text;
using IadNative.Data.Formats;
using IadNative.Messages;

namespace IadNative.Data.Reading;

/// <summary>
/// Reads LIBSVM's sparse text: a label and pairs of a column's number, from 1, and its value; what is not there is 0. How many columns
/// there are is known at the end; without a schema the file is taken into memory as it stands before the first row is handed out.
/// </summary>
internal sealed class LibsvmReader : TableReader
{
    // What a pair takes in memory.
    private const long PairBytes = 16;

    private readonly IEnumerator<Sample> _samples;
    private long _row;

    private LibsvmReader(string name, IEnumerable<Sample> samples, int columns, ReadRequest request)
        : base(name, TableColumns.Choose(name, null, columns, request), request)
    {
        _samples = samples.GetEnumerator();
        Labels = new LabelValues("the labels", request.Options.Positive) { AreOptional = request.Options.Positive is null };
    }

    /// <summary>Whether content that begins so is LIBSVM's: a number, then pairs alone, in its first line.</summary>
    public static bool IsLibsvm(ReadOnlySpan<byte> head)
    {
        int end = head.IndexOfAny((byte)'\n', (byte)'\r');
        string line = Encoding.UTF8.GetString(end < 0 ? head : head[..end]);
        int comment = line.IndexOf('#', StringComparison.Ordinal);
        string[] words = (comment < 0 ? line : line[..comment]).Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        if (end < 0 && head.Length >= 4096) words = words[..^1];
        return words.Length >= 2 && double.TryParse(words[0], NumberStyles.Float, CultureInfo.InvariantCulture, out _)
            && Array.TrueForAll(words[1..], word => TryPair(word, out _));
    }

    /// <summary>Opens a text.</summary>
    /// <param name="content">The text.</param>
    /// <param name="request">What is asked for.</param>
    /// <exception cref="DataFormatException">It holds something else, or a column's number beyond the limits.</exception>
    public static LibsvmReader Open(ContentStream content, ReadRequest request)
    {
        if (request.Options.Label is not null)
            throw new DataFormatException($"{content.Name}: the labels of a LIBSVM file stand in front of its rows. Leave the label away.");
        var lines = new CsvRecords(Utf8Text.Of(content, null, out _), content.Name, request.Limits);
        int most = request.Limits.CsvColumns;
        if (request.Schema is { } schema)
            return new LibsvmReader(content.Name, Samples(lines, content.Name, Math.Min(most, schema.Features.Count)), schema.Features.Count, request);
        var samples = new List<Sample>();
        foreach (Sample sample in Samples(lines, content.Name, most))
        {
            content.Memory?.Keep(Sample.Bytes + (sample.Pairs.Length * PairBytes));
            samples.Add(sample);
        }

        int columns = samples.Max(sample => sample.Pairs.Length == 0 ? 1 : sample.Pairs.Max(pair => pair.Column));
        return new LibsvmReader(content.Name, samples, columns, request);
    }

    /// <inheritdoc/>
    protected override void Fill(RowBlock block)
    {
        for (; block.Rows < block.Capacity && _samples.MoveNext(); block.Rows++, _row++)
        {
            Sample sample = _samples.Current;
            Span<double> row = block.Row(block.Rows);
            row.Clear();
            foreach ((int column, double value) in sample.Pairs)
            {
                if (Columns.FeatureOf[column - 1] is var feature and >= 0) row[feature] = Cells.OfNumber(value, feature, _row, sample.Line);
            }

            block.Labels[block.Rows] = Labels!.CodeOf(sample.Label, _row, sample.Line);
            block.SourceRows[block.Rows] = _row;
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _samples.Dispose();
        base.Dispose(disposing);
    }

    private static IEnumerable<Sample> Samples(CsvRecords lines, string file, int mostColumns)
    {
        while (lines.ReadLine())
        {
            string line = Encoding.UTF8.GetString(lines[0]);
            int comment = line.IndexOf('#', StringComparison.Ordinal);
            string[] words = (comment < 0 ? line : line[..comment]).Split((char[])[' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0) continue;
            var pairs = new (int Column, double Value)[words.Length - 1];
            int last = 0;
            for (int i = 0; i < pairs.Length; i++)
            {
                if (!TryPair(words[i + 1], out pairs[i]))
                    throw new DataFormatException($"{file}: line {lines.Line} holds {ForeignText.Quote(words[i + 1])}, where a pair such as 3:0.5 is " +
                        "expected. Correct that line.");
                if (pairs[i].Column <= last)
                    throw new DataFormatException($"{file}: line {lines.Line} has column {pairs[i].Column} behind column {last}; columns go up " +
                        "from 1. Correct that line.");
                last = pairs[i].Column;
                if (last > mostColumns)
                    throw new DataFormatException($"{file}: line {lines.Line} has a column {last}, more than the {mostColumns} that are expected.");
            }

            yield return new Sample(words[0], pairs, lines.Line);
        }
    }

    private static bool TryPair(string word, out (int Column, double Value) pair)
    {
        pair = default;
        int colon = word.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && int.TryParse(word.AsSpan(0, colon), NumberStyles.None, CultureInfo.InvariantCulture, out pair.Column)
            && double.TryParse(word.AsSpan(colon + 1), NumberStyles.Float, CultureInfo.InvariantCulture, out pair.Value);
    }

    private sealed record Sample(string Label, (int Column, double Value)[] Pairs, long Line)
    {
        /// <summary>Bytes that one takes in memory beside its pairs.</summary>
        public const long Bytes = 128;
    }
}
