using IadNative.Cli;
using Spectre.Console;

namespace IadNative.Tests.Cli;

internal sealed class TerminalTests
{
    private const string Hostile = "a\u001b[2Jb\u0007c\u009bd\u202ee\r\nf\u001b]0;title\u0007";

    [Test]
    public void Control_characters_reach_neither_stream_whatever_a_text_contains()
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var terminal = new Terminal(output, error);
        terminal.Warn(Hostile);
        terminal.Note(Hostile);
        terminal.Fail(Hostile);
        terminal.Say(Hostile);
        terminal.Output.Write(new Text(Hostile));
        terminal.Output.WriteLine(Hostile);
        terminal.Output.Write(new Grid().AddColumn().AddColumn().AddRow(new Text(Hostile), new Text("x")));
        terminal.Output.Write(new Table().AddColumn(Hostile.EscapeMarkup()).AddRow(Hostile.EscapeMarkup()));
        terminal.Error.WriteLine(Hostile);
        foreach (string text in (string[])[output.ToString(), error.ToString()])
        {
            Assert.That(text.Where(c => char.IsControl(c) && c is not ('\n' or '\r')), Is.Empty);
            Assert.That(text, Does.Not.Contain('\u202e').And.Contain("a\uFFFD[2Jb\uFFFDc\uFFFDd\uFFFDe"));
        }

        Assert.That(error.ToString().Split('\n').Take(4), Has.All.Contains("a\uFFFD[2Jb").And.All.Contains("]0;title"),
            "Each message is one line.");
    }

    [Test]
    public void Neither_do_they_out_of_progress_and_lists_of_cells()
    {
        using var error = new StringWriter();
        var terminal = new Terminal(TextWriter.Null, error);
        ProgressDisplay.Run(terminal, new LateClock(), report =>
        {
            report(new ProgressStep(0.5, Hostile, Milestone: true));
            return 0;
        });
        ErrorReporting.Guard(terminal, () => throw new DataFormatException($"x\n{Hostile}"));
        Assert.That(error.ToString().Where(c => char.IsControl(c) && c is not ('\n' or '\r')), Is.Empty);
        Assert.That(error.ToString(), Does.Contain("50%").And.Contain("[2J"));
    }

    /// <summary>Every look is an hour after the last.</summary>
    private sealed class LateClock : TimeProvider
    {
        private long _hours;

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => 3600 * _hours++;
    }
}
