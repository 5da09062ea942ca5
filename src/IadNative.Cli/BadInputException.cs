using IadNative.Messages;

namespace IadNative.Cli;

/// <summary>The user gave something that cannot work; the message says what, where, and what to do, without control characters.</summary>
internal sealed class BadInputException(string message) : Exception(ForeignText.Message(message));
