using System.Runtime.ExceptionServices;

namespace IadNative.Cli;

/// <summary>
/// Items on their way through three stages: one thread fills them, several work on them, and the caller takes them in the order in which
/// they were filled. Where one fails, all before it are taken and none behind it, whatever the threads. There are never more than a few, which are
/// used again and again, so that the slowest stage sets the pace, and memory does not depend on how many pass through.
/// </summary>
/// <param name="capacity">The most items that there are at once.</param>
/// <param name="create">Makes one.</param>
/// <param name="fill">Fills it; false at the end. Never called by two threads at once.</param>
/// <param name="work">Works on it with so many threads: more than one only where the others have nothing to do.</param>
internal sealed class OrderedPipeline<T>(int capacity, Func<T> create, Func<T, bool> fill, Action<T, int> work)
    where T : class
{
    // A source that waits for data, as a pipe does, is not waited for once nobody takes what comes.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    private readonly object _gate = new();
    private readonly T?[] _items = new T?[capacity];
    private readonly bool[] _areDone = new bool[capacity];
    private long _filled, _begun, _done, _taken, _failedAt = long.MaxValue;
    private bool _hasEnded, _isStopped;
    private ExceptionDispatchInfo? _fillFailure, _workFailure;

    /// <summary>Whether the source still waits for data although nobody takes them any more.</summary>
    public bool IsFilling { get; private set; }

    /// <summary>Sends all items through. To be called once.</summary>
    /// <param name="threads">How many work; one works, fills and takes by itself, on the calling thread.</param>
    /// <param name="take">Takes an item; on the calling thread.</param>
    /// <param name="cancellationToken">Stops between two items.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public void Run(int threads, Action<T> take, CancellationToken cancellationToken)
    {
        if (threads == 1)
        {
            T item = create();
            while (fill(item))
            {
                cancellationToken.ThrowIfCancellationRequested();
                work(item, 1);
                take(item);
            }

            return;
        }

        Thread? filler = null;
        var workers = new List<Thread>(threads);
        try
        {
            // Where one cannot be started, those before it are stopped like all others.
            filler = Start("filling", Fill);
            for (int i = 0; i < threads; i++) workers.Add(Start("working", () => Work(threads)));
            using CancellationTokenRegistration wake = cancellationToken.Register(() => Change(() => { }));
            while (Next(cancellationToken) is { } item)
            {
                take(item);
                Change(() => _areDone[_taken++ % capacity] = false);
            }

            _fillFailure?.Throw();
        }
        finally
        {
            Change(() => _isStopped = true);
            foreach (Thread worker in workers) worker.Join();
            IsFilling = filler is not null && !filler.Join(s_patience);
        }
    }

    private static Thread Start(string name, Action action)
    {
        var thread = new Thread(() => action()) { Name = name, IsBackground = true };
        thread.Start();
        return thread;
    }

    // The next item in order that is done; null where no more follow.
    private T? Next(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                int place = (int)(_taken % capacity);
                if (_areDone[place]) return _items[place];
                // What was begun before it is still worked on.
                if (_taken == _failedAt) _workFailure!.Throw();
                if (_hasEnded && _taken == _filled) return null;
                Monitor.Wait(_gate);
            }
        }
    }

    private void Fill()
    {
        while (true)
        {
            int place;
            lock (_gate)
            {
                while (_filled - _taken == capacity && !_isStopped) Monitor.Wait(_gate);
                if (_isStopped) return;
                place = (int)(_filled % capacity);
            }

            bool isFilled = false;
            try
            {
                // Nobody else is at this place before it is filled.
                isFilled = fill(_items[place] ??= create());
            }
            catch (Exception exception)
            {
                _fillFailure = ExceptionDispatchInfo.Capture(exception);
            }

            Change(() =>
            {
                if (isFilled) _filled++;
                else _hasEnded = true;
            });
            if (!isFilled) return;
        }
    }

    private void Work(int threads)
    {
        while (true)
        {
            int place, share;
            long number;
            lock (_gate)
            {
                while (_begun == _filled && !_hasEnded && !_isStopped) Monitor.Wait(_gate);
                if (_begun == _filled || _isStopped) return;
                share = (int)Math.Max(1, threads / (_filled - _done));
                number = _begun++;
                place = (int)(number % capacity);
            }

            try
            {
                work(_items[place]!, share);
                Change(() => (_areDone[place], _done) = (true, _done + 1));
            }
            catch (Exception exception)
            {
                Change(() =>
                {
                    _isStopped = true;
                    if (number < _failedAt) (_failedAt, _workFailure) = (number, ExceptionDispatchInfo.Capture(exception));
                });
            }
        }
    }

    private void Change(Action change)
    {
        lock (_gate)
        {
            change();
            Monitor.PulseAll(_gate);
        }
    }
}
