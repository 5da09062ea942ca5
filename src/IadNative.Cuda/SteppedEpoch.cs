using IadNative.Compute;

namespace IadNative.Cuda;

/// <summary>
/// The steps of an epoch, launched one after the other: with F full batches one part where F ≤ <see cref="ChunkSteps"/>; otherwise the odd
/// full batches, chunks of <see cref="ChunkSteps"/> full batches, and the last, smaller batch.
/// </summary>
internal static class SteppedEpoch
{
    /// <summary>Steps with full batches that a part holds at most.</summary>
    public const int ChunkSteps = 32;

    /// <summary>The parts of an epoch.</summary>
    /// <param name="step">The step.</param>
    /// <param name="schedule">How an epoch is cut into batches.</param>
    public static IReadOnlyList<EpochPart> Parts(CudaTrainingStep step, BatchSchedule schedule)
    {
        int batchSize = schedule.Length(0), last = schedule.Length(schedule.Count - 1);
        int full = last == batchSize ? schedule.Count : schedule.Count - 1, chunks = full <= ChunkSteps ? 0 : full / ChunkSteps;
        return chunks == 0
            ? [new EpochPart(() => { Steps(full); End(); })]
            : [new EpochPart(() => Steps(full - (chunks * ChunkSteps))), new EpochPart(() => Steps(ChunkSteps), chunks), new EpochPart(End)];

        void Steps(int count)
        {
            for (int i = 0; i < count; i++) step.Run(batchSize);
        }

        void End()
        {
            if (last != batchSize) step.Run(last);
            step.EndEpoch(last);
        }
    }
}
