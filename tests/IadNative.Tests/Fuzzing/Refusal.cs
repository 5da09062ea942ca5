using IadNative.Messages;

namespace IadNative.Tests.Fuzzing;

/// <summary>What every message of a refusal must be: one that a terminal can show and a person can read.</summary>
internal static class Refusal
{
    /// <summary>Characters of a message about a model besides the file's name: the problem, dots where it was cut, and advice.</summary>
    public const int LongestOfModel = ForeignText.LongestReason + 250;

    /// <summary>What is wrong with a message; null where nothing is.</summary>
    /// <param name="message">The message.</param>
    /// <param name="longest">Characters that it may have.</param>
    /// <param name="mayBreakLines">Whether it may have lines.</param>
    public static string? Fault(string message, int longest, bool mayBreakLines = false)
    {
        string line = mayBreakLines ? message.Replace("\n", "", StringComparison.Ordinal) : message;
        return ForeignText.Plain(line) != line ? $"a message has control characters: {ForeignText.Plain(message)}"
            : message.Length > longest ? $"a message has {message.Length} characters: {message[..200]}"
            : null;
    }
}
