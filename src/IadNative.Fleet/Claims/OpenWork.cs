using System.Collections.Concurrent;

namespace IadNative.Fleet.Claims;

/// <summary>
/// Work that other processes may be at: who finds a piece claimed puts it back, and goes on with the next. When all that is left was tried
/// in vain since something was done, there is nothing to do but to wait for the others.
/// </summary>
/// <typeparam name="T">A piece of work.</typeparam>
internal sealed class OpenWork<T>
{
    private readonly ConcurrentQueue<T> _open = new();
    private int _inVain;

    /// <summary>Pieces that nobody here has taken.</summary>
    public int Count => _open.Count;

    /// <summary>Adds a piece.</summary>
    public void Add(T piece) => _open.Enqueue(piece);

    /// <summary>Takes the next piece.</summary>
    /// <returns>False where there is none.</returns>
    public bool TryTake(out T piece) => _open.TryDequeue(out piece!);

    /// <summary>Puts a piece back that somebody else is at.</summary>
    /// <returns>Whether to wait before the next is tried.</returns>
    public bool PutBack(T piece)
    {
        _open.Enqueue(piece);
        return Interlocked.Increment(ref _inVain) >= _open.Count;
    }

    /// <summary>Something was done, here or, while it was waited for, elsewhere: all pieces are worth trying again.</summary>
    public void Advance() => Volatile.Write(ref _inVain, 0);
}
