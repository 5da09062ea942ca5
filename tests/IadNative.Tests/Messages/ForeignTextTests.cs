using IadNative.Messages;

namespace IadNative.Tests.Messages;

public sealed class ForeignTextTests
{
    [TestCase("\e[31mred", "\uFFFD[31mred")]
    [TestCase("\e]0;title\a", "\uFFFD]0;title\uFFFD")]
    [TestCase("\u009b2J", "\uFFFD2J")]
    [TestCase("a\r\nb\tc\u007f\0", "a\uFFFD\uFFFDb\uFFFDc\uFFFD\uFFFD")]
    [TestCase("\u202Efdp.exe\u2066\u200b\u2028", "\uFFFDfdp.exe\uFFFD\uFFFD\uFFFD")]
    [TestCase("Grün 温度 😀", "Grün 温度 😀")]
    public void What_moves_a_cursor_or_turns_text_around_is_not_shown(string text, string shown) =>
        Assert.That(ForeignText.Plain(text), Is.EqualTo(shown));

    [Test]
    public void Half_a_pair_of_surrogates_is_not_shown()
    {
        // As a variable, since an attribute cannot hold it.
        char half = '\ud83d';
        Assert.That(ForeignText.Plain($"half {half} of a pair"), Is.EqualTo("half \uFFFD of a pair"));
    }

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

    [Test]
    public void A_message_keeps_its_lines_and_has_an_end()
    {
        Assert.That(ForeignText.Message("a:\n  b\r\n\tc\rd\e[2J"), Is.EqualTo("a:\n  b\n c\uFFFDd\uFFFD[2J"));
        string cut = ForeignText.Message(new string('x', 3996) + "😀" + new string('y', 10_000));
        Assert.That(cut, Has.Length.EqualTo(3999).And.EndsWith("x..."));
        Assert.That(ForeignText.Message(new string('x', 4000)), Has.Length.EqualTo(4000).And.EndsWith("xx"));
    }

    [Test]
    public void Exceptions_of_the_library_carry_no_control_characters_and_are_not_long()
    {
        string evil = "\e]0;owned\a" + new string('x', 10_000);
        Exception[] exceptions =
        [
            new DataFormatException(evil), new DataFormatException(evil, new IOException()), new ModelFormatException("file", evil, "Do this."),
            new DeviceFailedException(evil), new TrainingFailedException(evil, []), new IadNative.Cuda.CudaException("call", 1, evil),
            new IadNative.Cuda.CudaUnavailableException(evil), new IadNative.Cli.BadInputException(evil),
        ];
        foreach (Exception e in exceptions)
        {
            Assert.That(e.Message, Does.Contain("\uFFFD]0;owned\uFFFD").And.Not.Contain("\e").And.Not.Contain("\a"), e.GetType().Name);
            Assert.That(e.Message, Has.Length.LessThanOrEqualTo(ForeignText.LongestMessage), e.GetType().Name);
        }

        Assert.That(new ModelFormatException("file", evil, "Do this.").Message, Does.EndWith("... Do this."));
    }
}
