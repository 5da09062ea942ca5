namespace IadNative.Cli;

/// <summary>It was cancelled when something was done already, which the message tells.</summary>
internal sealed class PartlyDoneException(string message, Exception cause) : OperationCanceledException(message, cause);
