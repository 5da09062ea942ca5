namespace IadNative.Cli;

/// <summary>The files that a command leaves. Each that can be written is, whatever becomes of the others.</summary>
internal sealed class ResultFiles
{
    private static volatile bool s_areBeingWritten, s_areWritten;

    private readonly List<string> _saved = [], _failures = [];

    private ResultFiles()
    {
    }

    /// <summary>Whether this process writes any, which a request to stop waits for.</summary>
    public static bool AreBeingWritten => s_areBeingWritten;

    /// <summary>Whether this process has written all of its, and does nothing any more but print.</summary>
    public static bool AreWritten => s_areWritten;

    /// <summary>Writes all files and only then prints, so that whatever cannot be printed costs none of them.</summary>
    /// <param name="terminal">Is told what failed and then what is saved.</param>
    /// <param name="files">Writes the files, the dearest first.</param>
    /// <param name="words">Prints what goes to standard output.</param>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public static int Deliver(Terminal terminal, Action<ResultFiles> files, Action<ResultFiles> words)
    {
        var results = new ResultFiles();
        s_areBeingWritten = true;
        results.Try(() => files(results));
        s_areWritten = true;
        s_areBeingWritten = false;
        results.Try(() => words(results));
        if (results._failures.Count == 0) return ExitCodes.Success;
        foreach (string failure in results._failures) terminal.Fail(failure);
        if (results._saved.Count > 0) terminal.Note($"saved, and whole: {string.Join(", ", results._saved)}.");
        return ExitCodes.Failed;
    }

    /// <summary>Writes one; does nothing without a place.</summary>
    public void Write(string? place, Action<string> write)
    {
        if (place is not null && Try(() => write(place), place)) _saved.Add(place);
    }

    /// <summary>Whether a file is written.</summary>
    public bool Has(string? place) => place is not null && _saved.Contains(place);

    private bool Try(Action action, string place = "")
    {
        try
        {
            action();
            return true;
        }
        catch (Exception exception)
        {
            string message = ErrorReporting.Explain(exception).Message;
            _failures.Add(message.Contains(place, StringComparison.Ordinal) ? message : $"{place}: cannot be written: {message}");
            return false;
        }
    }
}
