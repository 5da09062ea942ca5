using IadNative.Messages;

namespace IadNative;

/// <summary>
/// A model file cannot be used: it is damaged, or it is not what was expected. The message says what is wrong, in which
/// file, and what to do: one line without control characters, in which at most 400 characters are about what is wrong.
/// </summary>
public sealed class ModelFormatException : Exception
{
    /// <summary>Characters of the message that say what is wrong.</summary>
    internal const int LongestProblem = 400;

    internal ModelFormatException(string file, string problem, string advice, Exception? inner = null)
        : base($"{ForeignText.Plain(file)}: {ForeignText.Shorten(problem, LongestProblem)} {advice}", inner) => File = file;

    /// <summary>The name of the file, as the caller gave it.</summary>
    public string File { get; }
}
