using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using IadNative.Messages;

namespace IadNative.Cli.Html;

/// <summary>
/// A piece of HTML. It is made from interpolated strings, whose holes are escaped unless they are HTML themselves, so that no
/// text from a file or a command line becomes markup. Numbers are written the same in every culture.
/// </summary>
internal readonly struct Markup
{
    private readonly string? _text;

    private Markup(string text) => _text = text;

    /// <summary>Nothing at all.</summary>
    public static Markup Empty => default;

    /// <summary>HTML from an interpolated string.</summary>
    public static Markup Of(Builder html) => new(html.ToString());

    /// <summary>Text that is HTML already, such as a picture.</summary>
    public static Markup Raw(string html) => new(html);

    /// <inheritdoc/>
    public override string ToString() => _text ?? "";

    /// <summary>Puts an interpolated string together.</summary>
    [InterpolatedStringHandler]
    public readonly struct Builder(int literalLength, int formattedCount)
    {
        private static readonly HtmlEncoder s_encoder = HtmlEncoder.Create(UnicodeRanges.All);
        private readonly StringBuilder _text = new(literalLength + (16 * formattedCount));

        /// <summary>The markup of the program itself.</summary>
        public void AppendLiteral(string markup) => _text.Append(markup);

        /// <summary>Text from anywhere, escaped; control characters, which HTML and SVG do not allow, stand as U+FFFD.</summary>
        public void AppendFormatted(string? text) => _text.Append(s_encoder.Encode(ForeignText.Lines(text ?? "")));

        /// <summary>HTML, as it is.</summary>
        public void AppendFormatted(Markup html) => _text.Append(html.ToString());

        /// <summary>Pieces of HTML one after the other.</summary>
        public void AppendFormatted(IEnumerable<Markup> pieces) => _text.AppendJoin('\n', pieces);

        /// <summary>A number.</summary>
        public void AppendFormatted<T>(T value, string? format = null)
            where T : IFormattable => AppendFormatted(value.ToString(format, CultureInfo.InvariantCulture));

        /// <inheritdoc/>
        public override string ToString() => _text.ToString();
    }
}
