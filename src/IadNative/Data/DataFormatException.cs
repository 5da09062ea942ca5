using IadNative.Data;
using IadNative.Messages;

namespace IadNative;

/// <summary>
/// A file's content cannot be used. The message says what is wrong, where, and what to do. What it quotes of the file is shortened and
/// without control characters; line breaks separate the lines of a list.
/// </summary>
public sealed class DataFormatException : Exception
{
    /// <summary>An error without a message of its own.</summary>
    public DataFormatException()
        : base("The data cannot be read.")
    {
    }

    /// <summary>An error with its message.</summary>
    /// <param name="message">What is wrong, where, and what to do.</param>
    public DataFormatException(string message)
        : base(ForeignText.Message(message))
    {
    }

    /// <summary>An error with its message and its cause.</summary>
    /// <param name="message">What is wrong, where, and what to do.</param>
    /// <param name="innerException">The cause.</param>
    public DataFormatException(string message, Exception innerException)
        : base(ForeignText.Message(message), innerException)
    {
    }
}
