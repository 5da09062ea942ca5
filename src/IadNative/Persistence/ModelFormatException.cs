using IadNative.Messages;

namespace IadNative;

/// <summary>
/// A model file cannot be used: it is damaged, or it is not what was expected. The message says what is wrong, in which
/// file, and what to do: one line, in which what is quoted of the file is shortened and without control characters.
/// </summary>
public sealed class ModelFormatException : Exception
{
    internal ModelFormatException(string file, string problem, string advice, Exception? inner = null)
        : base(ForeignText.Message($"{ForeignText.Plain(file)}: {ForeignText.Shorten(problem, ForeignText.LongestReason)} {advice}"), inner) => File = file;

    /// <summary>The name of the file, as the caller gave it.</summary>
    public string File { get; }
}
