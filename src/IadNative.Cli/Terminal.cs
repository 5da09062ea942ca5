using Spectre.Console;

namespace IadNative.Cli;

/// <summary>Where a command writes: results to standard output, everything else to standard error.</summary>
internal sealed class Terminal(TextWriter output, TextWriter error)
{
    /// <summary>Columns of a table that goes to a file or a pipe.</summary>
    private const int RedirectedWidth = 100;

    /// <summary>Raw standard output, for CSV and JSON.</summary>
    public TextWriter Out { get; } = output;

    /// <summary>Raw standard error, for single lines that must not be wrapped.</summary>
    public TextWriter Err { get; } = error;

    /// <summary>Standard output with tables and colours.</summary>
    public IAnsiConsole Output { get; } = CreateConsole(output);

    /// <summary>Standard error with colours and live progress.</summary>
    public IAnsiConsole Error { get; } = CreateConsole(error);

    /// <summary>True when standard output is a screen, which a progress bar must not write into.</summary>
    public bool OutputIsScreen => Output.Profile.Out.IsTerminal;

    /// <summary>One line on standard error: something that the user should know.</summary>
    public void Warn(string message) => WriteLabelled("yellow", "warning:", message);

    /// <summary>One line on standard error: what the user may like to know.</summary>
    public void Note(string message) => WriteLabelled("blue", "note:", message);

    /// <summary>One line on standard error: why the command failed and what to do.</summary>
    public void Fail(string message) => WriteLabelled("red", "error:", message);

    private void WriteLabelled(string color, string label, string message)
    {
        Error.Markup($"[{color}]{label}[/] ");
        Err.WriteLine(message.ReplaceLineEndings(" "));
    }

    private static IAnsiConsole CreateConsole(TextWriter writer)
    {
        var output = new AnsiConsoleOutput(writer);
        var settings = new AnsiConsoleSettings { Out = output };
        if (!output.IsTerminal)
        {
            settings.Ansi = AnsiSupport.No;
            settings.ColorSystem = ColorSystemSupport.NoColors;
            settings.Interactive = InteractionSupport.No;
            settings.Enrichment.UseDefaultEnrichers = false;
        }

        IAnsiConsole console = AnsiConsole.Create(settings);
        if (!output.IsTerminal) console.Profile.Width = RedirectedWidth;
        return console;
    }
}
