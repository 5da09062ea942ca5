using System.Collections.Concurrent;

namespace IadNative.Fleet.Claims;

/// <summary>
/// Numbers of work that other processes may be at, too: who finds one claimed puts it back, and goes on with the next. When all that is left
/// was tried in vain since something was done, there is nothing to do but to wait for the others.
/// </summary>
/// <param name="numbers">All that is not known to be done. They are asked for one by one, as they are taken.</param>
/// <param name="cancellationToken">Stops the taking.</param>
internal sealed class OpenWork(IAsyncEnumerable<long> numbers, CancellationToken cancellationToken) : IAsyncDisposable
{
    private readonly IAsyncEnumerator<long> _numbers = numbers.GetAsyncEnumerator(cancellationToken);
    private readonly SemaphoreSlim _gate = new(1);
    private readonly ConcurrentQueue<long> _claimed = new();
    private bool _ended;
    private int _inVain;

    /// <summary>Numbers that were put back and that nobody here has taken again.</summary>
    public int Claimed => _claimed.Count;

    /// <summary>Takes the next number: those that were put back come last. Null where there is none.</summary>
    public async Task<long?> NextAsync()
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!_ended && await _numbers.MoveNextAsync().ConfigureAwait(false)) return _numbers.Current;
            _ended = true;
        }
        finally
        {
            _gate.Release();
        }

        return _claimed.TryDequeue(out long number) ? number : null;
    }

    /// <summary>Puts a number back that somebody else is at.</summary>
    /// <returns>Whether to wait before the next is tried.</returns>
    public bool PutBack(long number)
    {
        _claimed.Enqueue(number);
        return Interlocked.Increment(ref _inVain) >= _claimed.Count && _ended;
    }

    /// <summary>Something was done, here or, while it was waited for, elsewhere: all numbers are worth trying again.</summary>
    public void Advance() => Volatile.Write(ref _inVain, 0);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _gate.Dispose();
        await _numbers.DisposeAsync().ConfigureAwait(false);
    }
}
