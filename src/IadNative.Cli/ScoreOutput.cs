using System.Text;
using IadNative.Persistence;

namespace IadNative.Cli;

/// <summary>Where the lines of scores go as they come: to a file, which is there when all of it is, or to standard output.</summary>
/// <param name="output">What --out says.</param>
/// <param name="terminal">Standard output, and where progress is shown.</param>
internal sealed class ScoreOutput(string? output, Terminal terminal)
{
    /// <summary>Scores rows.</summary>
    /// <param name="write">Receives some thousand lines at once, in UTF-8.</param>
    /// <param name="report">Is told how far it is.</param>
    /// <returns>How many rows there were.</returns>
    public delegate long Scoring(Action<ReadOnlyMemory<byte>> write, Action<ProgressStep> report);

    private bool IsPrinted => output is null or OutputFile.StandardOutput;

    /// <summary>How texts are written there.</summary>
    /// <param name="formulas">Which are guarded.</param>
    public CsvText Text(FormulaGuard formulas) => new(formulas, isScreen: IsPrinted && terminal.OutputIsScreen);

    /// <summary>Writes what a scoring gives, and shows how far it is where that does not stand among the lines.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Write(Scoring scoring)
    {
        if (IsPrinted) Print(scoring);
        else AtomicFile.Write(output!, stream => Run(scoring, lines => stream.Write(lines.Span), showProgress: true));
    }

    private void Print(Scoring scoring)
    {
        char[] text = [];
        Run(
            scoring,
            lines =>
            {
                if (text.Length < lines.Length) text = new char[lines.Length];
                terminal.Data.Write(text.AsSpan(0, Encoding.UTF8.GetChars(lines.Span, text)));
            },
            showProgress: !terminal.OutputIsScreen);
        terminal.Data.Flush();
    }

    private void Run(Scoring scoring, Action<ReadOnlyMemory<byte>> write, bool showProgress)
    {
        if (!showProgress) scoring(write, _ => { });
        else ProgressDisplay.Run(terminal, TimeProvider.System, report => scoring(write, report));
    }
}
