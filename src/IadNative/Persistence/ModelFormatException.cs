using IadNative.Persistence;

namespace IadNative;

/// <summary>
/// A model file cannot be used: it is damaged, or it is not what was expected. The message says what is wrong, in which
/// file, and what to do.
/// </summary>
public sealed class ModelFormatException : Exception
{
    internal ModelFormatException(string file, string problem, string advice, Exception? inner = null)
        : base($"{file}: {problem} {advice}", inner) => File = file;

    /// <summary>The name of the file, as the caller gave it.</summary>
    public string File { get; }
}
