using System.Globalization;
using IadNative.Cli.Html;

namespace IadNative.Tests.Html;

internal sealed class MarkupTests
{
    [Test]
    public void Text_in_holes_is_escaped_and_markup_is_not()
    {
        string text = "<script>\"a\" & 'b'</script>\0";
        string html = Markup.Of($"<p title=\"{text}\">{Markup.Of($"<b>{text}</b>")}</p>").ToString();
        Assert.That(html, Does.Not.Contain("<script").And.Not.Contain("\"a\"").And.Not.Contain("'b'").And.Not.Contain("\0"));
        Assert.That(html, Does.StartWith("<p title=\"&lt;script&gt;&quot;a&quot; &amp; ")
            .And.Contain("\"><b>&lt;script&gt;").And.EndWith("</b></p>"));
    }

    [Test]
    public void Greek_and_other_letters_stay_readable() =>
        Assert.That(Markup.Of($"{"τ ± 日本"}").ToString(), Is.EqualTo("τ ± 日本"));

    [Test]
    public void Pieces_follow_one_another()
    {
        Markup[] pieces = [Markup.Of($"<i>1</i>"), Markup.Empty, Markup.Of($"<i>{"<"}</i>")];
        Assert.That(Markup.Of($"{pieces}").ToString(), Is.EqualTo("<i>1</i>\n\n<i>&lt;</i>"));
    }

    [Test]
    public void Numbers_are_the_same_in_every_culture()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        var comma = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        comma.NumberFormat.NumberDecimalSeparator = ",";
        try
        {
            CultureInfo.CurrentCulture = comma;
            Assert.That(Markup.Of($"{1.5} {0.75:F1} {12345:N0} {default(string)}").ToString(), Is.EqualTo("1.5 0.8 12,345 "));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }
}
