using IadNative.Detectors;

namespace IadNative;

/// <summary>How a model file is loaded.</summary>
public sealed record LoadOptions
{
    /// <summary>
    /// Bytes that the model may take in memory to score and to explain: its networks, made ready, and the buffers of a thread. It is
    /// known before any of it is allocated, and a file that needs more is refused. Where several threads score in one call, there are no
    /// more than have their buffers within it. Null, the default, for 2 GiB or, where that is more, eight times the bytes of the file's
    /// tensors.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not above 0.</exception>
    public long? MostScoringBytes
    {
        get;
        init => field = value is null or > 0
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, $"{nameof(MostScoringBytes)} must be above 0.");
    }

    /// <summary>The limit for a file whose tensors take so many bytes.</summary>
    internal long LimitOf(long tensorBytes) =>
        MostScoringBytes ?? ScoringMemory.DefaultFor(tensorBytes);
}
