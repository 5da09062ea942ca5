namespace IadNative.Compute;

/// <summary>
/// How an epoch of n samples is cut into batches of B: the last partial batch is kept, and a last batch of one sample
/// joins the one before, since batch statistics need two.
/// </summary>
internal readonly record struct BatchSchedule
{
    private readonly int _samples, _batchSize;

    /// <summary>The schedule of <paramref name="samples"/> samples in batches of <paramref name="batchSize"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than two samples, or batches of fewer than two.</exception>
    public BatchSchedule(int samples, int batchSize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(samples, 2);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 2);
        (_samples, _batchSize) = (samples, batchSize);
        int rest = samples % batchSize;
        Count = (samples / batchSize) + (rest > 1 || samples < batchSize ? 1 : 0);
        LargestBatch = samples < batchSize ? samples : batchSize + (rest == 1 ? 1 : 0);
    }

    /// <summary>Batches per epoch.</summary>
    public int Count { get; }

    /// <summary>Samples of the largest batch.</summary>
    public int LargestBatch { get; }

    /// <summary>First sample of a batch.</summary>
    public int Start(int batch) => batch * _batchSize;

    /// <summary>Samples of a batch.</summary>
    public int Length(int batch) => batch == Count - 1 ? _samples - Start(batch) : _batchSize;
}
