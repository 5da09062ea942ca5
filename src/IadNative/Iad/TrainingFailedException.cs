using IadNative.Iad;
using IadNative.Messages;

namespace IadNative;

/// <summary>
/// No run was left: every one met a loss or score that is not finite before it finished a round. Or a detector of the user's threw;
/// then the message says in which call, and that exception is the inner one.
/// </summary>
public sealed class TrainingFailedException : Exception
{
    /// <summary>A failure with its story and the alarms of all runs.</summary>
    public TrainingFailedException(string message, IReadOnlyList<Alarm> alarms)
        : base(ForeignText.Message(message)) => Alarms = alarms;

    /// <summary>A detector's own failure with its story.</summary>
    internal TrainingFailedException(string message, Exception inner)
        : base(ForeignText.Message(message), inner) => Alarms = [];

    /// <summary>One alarm per run; none where a detector threw.</summary>
    public IReadOnlyList<Alarm> Alarms { get; }
}
