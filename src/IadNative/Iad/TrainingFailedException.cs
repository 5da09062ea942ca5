namespace IadNative.Iad;

/// <summary>No run was left: every one met a loss or score that is not finite before it finished a round.</summary>
public sealed class TrainingFailedException : Exception
{
    /// <summary>A failure with its story and the alarms of all runs.</summary>
    public TrainingFailedException(string message, IReadOnlyList<Alarm> alarms)
        : base(message) => Alarms = alarms;

    /// <summary>One alarm per run.</summary>
    public IReadOnlyList<Alarm> Alarms { get; }
}
