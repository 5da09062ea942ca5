using IadNative.Data.Formats;

namespace IadNative.Parquet.Pages;

/// <summary>
/// What all columns' pages may take in memory together, given the size of their file: buffers are as large as a page says that it is,
/// and no page is believed beyond this. Several threads may take from it.
/// </summary>
/// <param name="file">For messages.</param>
/// <param name="limit">Bytes.</param>
internal sealed class MemoryBudget(string file, long limit)
{
    private long _used;

    /// <summary>An array of at least so many elements: the one that there is, or a larger one without its content.</summary>
    /// <exception cref="DataFormatException">There is no budget for it.</exception>
    public void Reserve<T>(ref T[] array, long length)
        where T : unmanaged
    {
        if (array.Length >= length) return;
        Take<T>(length - array.Length);
        array = GC.AllocateUninitializedArray<T>((int)length);
    }

    /// <summary>As <see cref="Reserve"/>, at least doubled, and the content is kept.</summary>
    public void Grow<T>(ref T[] array, long length)
        where T : unmanaged
    {
        if (array.Length >= length) return;
        length = Math.Max(length, Math.Min(2L * array.Length, Array.MaxLength));
        Take<T>(length - array.Length);
        Array.Resize(ref array, (int)length);
    }

    private unsafe void Take<T>(long more)
        where T : unmanaged
    {
        if (more > Array.MaxLength || Interlocked.Add(ref _used, more * sizeof(T)) > limit)
        {
            throw new DataFormatException($"{file}: its pages claim more than the {limit} bytes of memory that its size justifies. " +
                ReaderLimits.Remedy);
        }
    }
}
