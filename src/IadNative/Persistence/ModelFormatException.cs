using IadNative.Messages;
using IadNative.Persistence;

namespace IadNative;

/// <summary>
/// A model file cannot be used: it is damaged, or it is not what was expected. The message says what is wrong, in which
/// file, and what to do. What it quotes of the file is shortened and without control characters.
/// </summary>
public sealed class ModelFormatException : Exception
{
    internal ModelFormatException(string file, string problem, string advice, Exception? inner = null)
        : base(ForeignText.Message($"{file}: {ForeignText.Shorten(problem, ForeignText.LongestReason)} {advice}"), inner) => File = file;

    /// <summary>The name of the file, as the caller gave it.</summary>
    public string File { get; }
}
