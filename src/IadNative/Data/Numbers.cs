namespace IadNative.Data;

/// <summary>
/// Numbers that do not change while they are here: in an array, or in a temporary file that is mapped into memory, of which there may be more
/// than an array holds and than memory does.
/// </summary>
internal sealed unsafe class Numbers<T>
    where T : unmanaged
{
    private readonly T[]? _array;
    private readonly TemporaryFile? _file;
    private readonly T* _mapped;

    /// <summary>Those of an array, which is kept.</summary>
    public Numbers(T[] array) => (_array, Length) = (array, array.Length);

    /// <summary>Those that a mapped file begins with.</summary>
    /// <param name="file">The file, which is to outlive them.</param>
    /// <param name="mapped">Where it lies in memory.</param>
    /// <param name="length">How many.</param>
    public Numbers(TemporaryFile file, T* mapped, long length)
    {
        (_file, Length) = (file, length);
        _mapped = mapped;
    }

    /// <summary>How many there are.</summary>
    public long Length { get; }

    /// <summary>The array that they lie in; null for a file.</summary>
    public T[]? Array => _array;

    /// <summary>One of them.</summary>
    public T this[long index] => _array is not null ? _array[index] : Slice(index, 1)[0];

    /// <summary>Numbers of an array are what they are.</summary>
    public static implicit operator Numbers<T>(T[] array) => new(array);

    /// <summary>Some that follow each other.</summary>
    /// <param name="first">Place of the first.</param>
    /// <param name="length">How many.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are not so many.</exception>
    /// <exception cref="ObjectDisposedException">Their file is closed.</exception>
    public ReadOnlySpan<T> Slice(long first, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first, Length - length);
        if (_array is not null) return _array.AsSpan((int)first, length);
        ObjectDisposedException.ThrowIf(_file!.IsDisposed, this);
        return new ReadOnlySpan<T>(_mapped + first, length);
    }

    /// <summary>Gives the room of a file back; an array is the collector's.</summary>
    public void Release() => _file?.Dispose();

    /// <summary>Some that follow each other in a file.</summary>
    public Numbers<T> Part(long first, long length) => new(_file!, _mapped + first, length);

    /// <summary>The first of them, for <c>fixed</c>; a null reference where there is none.</summary>
    public ref readonly T GetPinnableReference()
    {
        if (_array is not null) return ref new ReadOnlySpan<T>(_array).GetPinnableReference();
        ObjectDisposedException.ThrowIf(_file!.IsDisposed, this);
        return ref *_mapped;
    }
}
