using IadNative.Iad;

namespace IadNative;

/// <summary>What an alarm is about.</summary>
public enum AlarmKind
{
    /// <summary>A loss or score was not finite; the run was stopped and keeps its last good round.</summary>
    Frozen,

    /// <summary>The scores of a round are nearly all alike: the network no longer tells samples apart.</summary>
    Collapsed,

    /// <summary>The device stopped working in the middle of training; every run keeps its last good round.</summary>
    DeviceFailed,

    /// <summary>A control that learned nothing, the untrained network or the distance from the mean, has a clearly better AUC.</summary>
    ControlBetter,
}

/// <summary>Something that a user of the result must know.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Seed">The seed of the run.</param>
/// <param name="Round">The first round in which it happened.</param>
/// <param name="Epoch">The epoch, from 0, when it happened in training; null when it was seen in the scores.</param>
/// <param name="Message">The whole story in one sentence.</param>
public sealed record Alarm(AlarmKind Kind, ulong Seed, int Round, int? Epoch, string Message);
