using System.Text;
using System.Text.Unicode;

namespace IadNative.Data.Formats;

/// <summary>Text of any encoding as UTF-8 without a mark.</summary>
internal static class Utf8Text
{
    private static readonly byte[] s_mark = [0xEF, 0xBB, 0xBF];

    /// <summary>Turns a content into UTF-8 on its way. A byte order mark tells what it is, or else the option, or else UTF-8.</summary>
    /// <param name="content">The text; it stays open.</param>
    /// <param name="encoding">The option; null tells by the content.</param>
    /// <param name="note">What is to be said of text that is no UTF-8; null otherwise.</param>
    public static Stream Of(ContentStream content, Encoding? encoding, out string? note)
    {
        note = null;
        ReadOnlySpan<byte> head = content.Head(4096);
        if (head.StartsWith(s_mark))
        {
            content.ReadExactly(stackalloc byte[s_mark.Length]);
            return content;
        }

        Encoding? marked = head.StartsWith((byte[])[0xFF, 0xFE]) ? Encoding.Unicode
            : head.StartsWith((byte[])[0xFE, 0xFF]) ? Encoding.BigEndianUnicode : null;
        if (marked is not null) content.ReadExactly(stackalloc byte[2]);
        if ((marked ?? encoding) is { } other && other.CodePage != Encoding.UTF8.CodePage)
            return Encoding.CreateTranscodingStream(content, other, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true);

        // A character may be cut at the end of what is seen.
        if (!Utf8.IsValid(head) && !Utf8.IsValid(head[..Math.Max(0, head.Length - 1)]) && !Utf8.IsValid(head[..Math.Max(0, head.Length - 2)])
            && !Utf8.IsValid(head[..Math.Max(0, head.Length - 3)]))
            note = "some characters are no UTF-8; if names or levels look wrong, add --encoding windows-1252 or another";
        return content;
    }
}
