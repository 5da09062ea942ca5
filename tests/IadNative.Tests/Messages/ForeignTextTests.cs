using IadNative.Messages;

namespace IadNative.Tests.Messages;

public sealed class ForeignTextTests
{
    [TestCase("\e[31mred", "\uFFFD[31mred")]
    [TestCase("\e]0;title\a", "\uFFFD]0;title\uFFFD")]
    [TestCase("\u009b2J", "\uFFFD2J")]
    [TestCase("a\r\nb\tc\u007f\0", "a\uFFFD\uFFFDb\uFFFDc\uFFFD\uFFFD")]
    [TestCase("\u202Efdp.exe\u2066\u200b\u2028", "\uFFFDfdp.exe\uFFFD\uFFFD\uFFFD")]
    [TestCase("half \ud83d of a pair", "half \uFFFD of a pair")]
    [TestCase("Grün 温度 😀", "Grün 温度 😀")]
    public void What_moves_a_cursor_or_turns_text_around_is_not_shown(string text, string shown) =>
        Assert.That(ForeignText.Plain(text), Is.EqualTo(shown));

    [Test]
    public void Long_text_is_cut_and_says_so()
    {
        Assert.That(ForeignText.Quote(new string('x', 40)), Is.EqualTo($"'{new string('x', 40)}'"));
        Assert.That(ForeignText.Quote(new string('x', 41)), Is.EqualTo($"'{new string('x', 40)}...'"));
        Assert.That(ForeignText.Shorten("abcdef", 3), Is.EqualTo("abc..."));
    }

    [Test]
    public void A_pair_of_surrogates_is_not_cut_in_half() =>
        Assert.That(ForeignText.Shorten("ab😀cd", 3), Is.EqualTo("ab..."));
}
