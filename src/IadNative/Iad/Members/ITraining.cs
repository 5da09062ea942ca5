using IadNative.Compute;

namespace IadNative.Iad.Members;

/// <summary>Something that IAD can be wrapped around: it knows its loop and brings members to it.</summary>
internal interface ITraining
{
    /// <summary>How the loop is to run.</summary>
    LoopSpec Loop { get; }

    /// <summary>Epochs of all members of a run over all its rounds, for progress.</summary>
    long EpochsOfRun { get; }

    /// <summary>How many runs may train side by side: all, or as many as there is room for, but at least one.</summary>
    /// <param name="seed">The seed of any of them: all need the same memory.</param>
    /// <param name="runs">Their number.</param>
    /// <exception cref="DeviceFailedException">The device stopped working.</exception>
    int Most(ulong seed, int runs);

    /// <summary>Creates the members of some runs.</summary>
    /// <param name="seeds">The runs' seeds.</param>
    /// <param name="progress">Told of every epoch.</param>
    /// <exception cref="DeviceFailedException">The device has not enough memory, or stopped working.</exception>
    IMembers Create(IReadOnlyList<ulong> seeds, ProgressMeter progress);
}
