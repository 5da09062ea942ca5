using IadNative.Messages;
using Spectre.Console;

namespace IadNative.Cli;

/// <summary>
/// Where a command writes: results to standard output, everything else to standard error. Standard error may fail at any moment, and
/// nothing comes of it but that its lines are lost. Control characters reach neither, whatever a text contains.
/// </summary>
internal sealed class Terminal
{
    /// <summary>Columns of a table that goes to a file or a pipe.</summary>
    private const int RedirectedWidth = 100;

    /// <summary>Writes to these two; where they are the console's own, those are replaced by what guards them.</summary>
    public Terminal(TextWriter output, TextWriter error)
    {
        Data = new GuardedWriter(output, failure => throw Lost(failure));
        Out = new GuardedWriter(output, failure =>
        {
            if (!IsBrokenPipe(failure)) throw Lost(failure);
        });
        Err = new GuardedWriter(error, _ => { });

        // Spectre.Console knows a screen by its being the console's writer.
        if (ReferenceEquals(output, Console.Out))
        {
            Console.SetOut(Out);
            Out = Console.Out;
        }

        if (ReferenceEquals(error, Console.Error))
        {
            Console.SetError(Err);
            Err = Console.Error;
        }

        Output = CreateConsole(Out);
        Error = CreateConsole(Err);
    }

    /// <summary>Standard output for CSV and JSON, which must arrive whole: throws an <see cref="IOException"/> where they do not.</summary>
    public TextWriter Data { get; }

    /// <summary>
    /// Standard output for people: throws an <see cref="IOException"/> where it cannot be written, but not where the reader is gone, who
    /// has seen enough.
    /// </summary>
    public TextWriter Out { get; }

    /// <summary>Raw standard error, which never throws.</summary>
    public TextWriter Err { get; }

    /// <summary><see cref="Out"/> with tables and colours.</summary>
    public IAnsiConsole Output { get; }

    /// <summary><see cref="Err"/> with colours and live progress.</summary>
    public IAnsiConsole Error { get; }

    /// <summary>True when standard output is a screen, which a progress bar must not write into.</summary>
    public bool OutputIsScreen => Output.Profile.Out.IsTerminal;

    /// <summary>One line on standard error: something that the user should know.</summary>
    public void Warn(string message) => WriteLabelled("yellow", "warning:", message);

    /// <summary>One line on standard error: what the user may like to know.</summary>
    public void Note(string message) => WriteLabelled("blue", "note:", message);

    /// <summary>One line on standard error: why the command failed and what to do.</summary>
    public void Fail(string message) => WriteLabelled("red", "error:", message);

    /// <summary>One line on standard error, which is not wrapped.</summary>
    public void Say(string line) => Err.WriteLine(ForeignText.Plain(line));

    private static bool IsBrokenPipe(Exception failure) => failure is IOException { HResult: PipeOutput.BrokenPipe };

    private static IOException Lost(Exception failure) => IsBrokenPipe(failure)
        ? new IOException("standard output was closed by its reader before all was written.", failure)
        : new IOException($"standard output cannot be written: {(failure is OutOfMemoryException ? "out of memory." : failure.Message)}", failure);

    private void WriteLabelled(string color, string label, string message)
    {
        // Colours take memory, and what is to be said may be that there is none left.
        if (Error.Profile.Capabilities.ColorSystem == ColorSystem.NoColors) Err.Write($"{label} ");
        else Error.Markup($"[{color}]{label}[/] ");
        Say(message.ReplaceLineEndings(" "));
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
        console.Pipeline.Attach(new PlainRendering());
        return console;
    }
}
