using System.Globalization;
using System.Text;

namespace IadNative.Messages;

/// <summary>
/// Text that comes from a file, a folder or a machine, as messages and terminals show it: short, and without anything that moves a
/// cursor, rings a bell, changes a title or the order of what is read.
/// </summary>
internal static class ForeignText
{
    /// <summary>Characters of a name or a cell that a message shows.</summary>
    public const int Longest = 40;

    /// <summary>Characters of what a file, an option or another program says within a message: a sentence, not a name.</summary>
    public const int LongestReason = 500;

    /// <summary>Characters of the name of a file or a data set, which systems keep to 255.</summary>
    public const int LongestFileName = 255;

    /// <summary>Characters of a whole message.</summary>
    public const int LongestMessage = 4000;

    /// <summary>A text in quotes, shortened to <paramref name="longest"/> characters.</summary>
    public static string Quote(ReadOnlySpan<char> text, int longest = Longest) => $"'{Shorten(text, longest)}'";

    /// <summary>A text without quotes, shortened to <paramref name="longest"/> characters.</summary>
    public static string Shorten(ReadOnlySpan<char> text, int longest = Longest)
    {
        if (text.Length <= longest) return Plain(text);
        int end = char.IsHighSurrogate(text[longest - 1]) ? longest - 1 : longest;
        return Plain(text[..end]) + "...";
    }

    /// <summary>A text of any length and of several lines: line breaks stay, tabs are spaces, and the rest is as in <see cref="Plain"/>.</summary>
    public static string Lines(string text) =>
        string.Join('\n', text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\t', ' ').Split('\n').Select(line => Plain(line)));

    /// <summary>
    /// A whole message: as <see cref="Lines"/>, with no more than <see cref="LongestMessage"/> characters; it ends with three points where it
    /// had more.
    /// </summary>
    public static string Message(string? text)
    {
        string plain = Lines(text ?? "");
        if (plain.Length <= LongestMessage) return plain;
        int end = LongestMessage - 3;
        return (char.IsHighSurrogate(plain[end - 1]) ? plain[..(end - 1)] : plain[..end]) + "...";
    }

    /// <summary>
    /// A text of any length on one line: control and format characters (C0, C1, bidirectional marks), line and paragraph separators and
    /// halves of surrogate pairs stand as U+FFFD.
    /// </summary>
    public static string Plain(ReadOnlySpan<char> text)
    {
        var shown = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes()) shown.Append(IsShown(rune) ? rune : Rune.ReplacementChar);
        return shown.ToString();
    }

    private static bool IsShown(Rune rune) => Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate);
}
