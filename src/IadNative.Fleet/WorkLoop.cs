using System.Runtime.ExceptionServices;
using IadNative.Fleet.Claims;

namespace IadNative.Fleet;

/// <summary>
/// Numbered work that several workers bring to its end, beside other processes that may be at the same: what another has claimed is put back,
/// tried again when all else is done, and waited for. The first failure stops all workers. While it runs, the thread pool of the process has as
/// many more threads as there are workers, so that work keeps nothing else waiting.
/// </summary>
/// <param name="workers">How many, at least 1.</param>
/// <param name="tryDo">
/// Does a piece of work, or finds it done: given the worker, from 0, the number, and what stops all workers. False where another process is at it.
/// </param>
internal sealed class WorkLoop(int workers, Func<int, long, CancellationToken, Task<bool>> tryDo)
{
    /// <summary>How often the results of other processes are looked for where nothing else is left to do.</summary>
    private static readonly TimeSpan s_pollEvery = TimeSpan.FromMilliseconds(500);

    /// <summary>Is told before each wait how many pieces others are at; null for no one.</summary>
    public Action<int>? Waits { get; init; }

    /// <summary>Does all work.</summary>
    /// <param name="numbers">What is not known to be done; asked for as it is taken.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="OperationCanceledException">It was cancelled. Otherwise what the first worker that failed has thrown.</exception>
    public async Task RunAsync(IAsyncEnumerable<long> numbers, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using var open = new OpenWork(numbers, stop.Token);
        using var room = new ThreadPoolRoom(workers);
        ExceptionDispatchInfo? first = null;
        Task[] all = [.. Enumerable.Range(0, workers).Select(worker => Task.Run(() => WorkAsync(worker, open, stop, failure =>
            Interlocked.CompareExchange(ref first, ExceptionDispatchInfo.Capture(failure), null)), CancellationToken.None))];
        try
        {
            await Task.WhenAll(all).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // One failed, and the others stopped because of it: its story is the one to tell.
            cancellationToken.ThrowIfCancellationRequested();
            first?.Throw();
            throw;
        }
    }

    private async Task WorkAsync(int worker, OpenWork open, CancellationTokenSource stop, Action<Exception> fail)
    {
        try
        {
            while (await open.NextAsync().ConfigureAwait(false) is { } number)
            {
                stop.Token.ThrowIfCancellationRequested();
                if (!await tryDo(worker, number, stop.Token).ConfigureAwait(false))
                {
                    if (!open.PutBack(number)) continue;
                    Waits?.Invoke(open.Claimed);
                    await Task.Delay(s_pollEvery, stop.Token).ConfigureAwait(false);
                }

                open.Advance();
            }
        }
        catch (Exception exception)
        {
            fail(exception);
            await stop.CancelAsync().ConfigureAwait(false);
            throw;
        }
    }
}
