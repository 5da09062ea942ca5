using System.Text;
using IadNative.Data.Formats;

namespace IadNative.Tests.Data;

/// <summary>Records and cells against a plain reader of single characters, however the bytes arrive.</summary>
public class CsvRecordsTests
{
    [Test]
    public void Any_text_splits_as_a_plain_reader_splits_it([Values(1, 7, 31, 1000)] int bytesAtOnce)
    {
        var random = new System.Random(bytesAtOnce);
        string[] pieces = ["a", "1.5", ",", ",", "\n", "\r\n", "\r", "\"x,y\"", "\"a\"\"b\"", "\"l\n\r\nm\"", " ", "\"\"", "a\"b", new string('z', 40)];
        for (int trial = 0; trial < 400; trial++)
        {
            string text = string.Concat(Enumerable.Range(0, random.Next(1, 60)).Select(_ => pieces[random.Next(pieces.Length)]));
            Assert.That(Split(text, bytesAtOnce), Is.EqualTo(Plain(text)), text);
        }
    }

    private static string Split(string text, int bytesAtOnce)
    {
        var records = new CsvRecords(new Drip(Encoding.UTF8.GetBytes(text), bytesAtOnce), "file", new ReaderLimits());
        var result = new StringBuilder();
        try
        {
            while (records.Read())
            {
                for (int i = 0; i < records.Count; i++) result.Append('[').Append(Encoding.UTF8.GetString(records[i])).Append(']');
                result.Append('@').Append(records.Line).Append(' ');
            }
        }
        catch (DataFormatException)
        {
            result.Append('!');
        }

        return result.ToString();
    }

    private static string Plain(string text)
    {
        var result = new StringBuilder();
        for (int at = 0, line = 1; at < text.Length;)
        {
            var record = new StringBuilder();
            int first = line;
            while (true)
            {
                int start = at;
                while (at < text.Length && text[at] == ' ') at++;
                if (at < text.Length && text[at] == '"')
                {
                    var cell = new StringBuilder();
                    for (at++; ; at++)
                    {
                        if (at == text.Length) return result.Append('!').ToString();
                        if (text[at] == '"' && (at + 1 == text.Length || text[at + 1] != '"')) break;
                        if (text[at] == '"') at++;
                        if (text[at] == '\n' || (text[at] == '\r' && (at + 1 == text.Length || text[at + 1] != '\n'))) line++;
                        cell.Append(text[at]);
                    }

                    for (at++; at < text.Length && text[at] is not (',' or '\n' or '\r'); at++)
                    {
                        if (text[at] != ' ') return result.Append('!').ToString();
                    }

                    record.Append('[').Append(cell).Append(']');
                }
                else
                {
                    while (at < text.Length && text[at] is not (',' or '\n' or '\r')) at++;
                    record.Append('[').Append(text, start, at - start).Append(']');
                }

                if (at == text.Length || text[at] != ',') break;
                at++;
            }

            if (at < text.Length) at += text[at] == '\r' && at + 1 < text.Length && text[at + 1] == '\n' ? 2 : 1;
            line++;
            result.Append(record).Append('@').Append(first).Append(' ');
        }

        return result.ToString();
    }

    /// <summary>Gives a few bytes at a time.</summary>
    private sealed class Drip(byte[] bytes, int bytesAtOnce) : MemoryStream(bytes)
    {
        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, bytesAtOnce)]);
    }
}
