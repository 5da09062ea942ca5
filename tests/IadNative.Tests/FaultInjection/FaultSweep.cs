using System.Collections.Concurrent;

namespace IadNative.Tests.FaultInjection;

/// <summary>A command under one fault after another, until it ends before the fault comes.</summary>
internal static class FaultSweep
{
    /// <summary>At a time; each with a folder and a process of its own.</summary>
    private const int Workers = 2;

    /// <summary>More would tell nothing more.</summary>
    private const int MostProblems = 25;

    /// <summary>Puts the n-th call under each fault, for n = 1, 1 + step and so on, and fails with what does not hold.</summary>
    /// <param name="create">Makes a subject.</param>
    /// <param name="faults">The kinds of faults.</param>
    /// <param name="step">1 for every call.</param>
    /// <param name="alone">Whether each command gets a process of its own.</param>
    public static void Run(Func<FaultSubject> create, Fault[] faults, int step = 1, bool alone = false)
    {
        var problems = new ConcurrentQueue<string>();
        var tally = new ConcurrentDictionary<(Fault Fault, int Code), int>();
        (Fault Fault, Counter Next)[] open = [.. faults.Select(fault => (fault, new Counter(step)))];
        Task[] workers = [.. Enumerable.Range(0, Workers).Select(_ => Task.Run(() =>
        {
            using FaultSubject subject = create();
            FaultyProgram? program = null;
            bool hasLearned = false;
            try
            {
                foreach ((Fault fault, Counter next) in open)
                {
                    while (!next.IsAtEnd && problems.Count < MostProblems)
                    {
                        if (!alone) program ??= new FaultyProgram(subject.Program);
                        if (!hasLearned) Learn(subject, problems, Once(subject, program, fault, 0));
                        hasLearned = true;
                        if (next.TryTake() is not { } n) break;
                        try
                        {
                            FaultedRun run = Once(subject, program, fault, n);
                            string[] found = [.. subject.Problems(run, fault)];
                            if (found.Length > 0)
                            {
                                problems.Enqueue($"{fault}, call {n}, {run.Call} of {run.Place}: {string.Join("; ", found)}. "
                                    + $"Exit code {run.Code}, standard error: {run.Err}");
                            }

                            if (run.IsFaulted) tally.AddOrUpdate((fault, run.Code), 1, (_, count) => count + 1);
                            else next.IsAtEnd = true;
                        }
                        catch (Exception exception) when (exception is TimeoutException or InvalidOperationException)
                        {
                            problems.Enqueue(exception.Message);
                            program?.Dispose();
                            program = null;
                        }
                    }
                }
            }
            finally
            {
                program?.Dispose();
            }
        }))];
        Task.WaitAll(workers);
        int injected = tally.Values.Sum();
        TestContext.Out.WriteLine($"{injected} faults: " + string.Join(", ", tally.OrderBy(pair => (pair.Key.Fault.ToString(), pair.Key.Code))
            .Select(pair => $"{pair.Key.Fault} exit code {pair.Key.Code}: {pair.Value}")));
        Assert.That(problems, Is.Empty, string.Join('\n', problems));
        Assert.That(injected, Is.GreaterThan(0));
    }

    private static FaultedRun Once(FaultSubject subject, FaultyProgram? program, Fault fault, long n)
    {
        subject.Prepare();
        return program is null
            ? FaultyProgram.RunAlone(subject.Program, fault, n, subject.Folder, subject.Args)
            : program.Run(fault, n, subject.Folder, subject.Args);
    }

    private static void Learn(FaultSubject subject, ConcurrentQueue<string> problems, FaultedRun clean)
    {
        if (clean.Code != 0) problems.Enqueue($"Without a fault: exit code {clean.Code}, {clean.Err}");
        else subject.Learn(clean);
    }

    private sealed class Counter(int step)
    {
        private long _last = 1 - step;
        private volatile bool _isAtEnd;

        public bool IsAtEnd
        {
            get => _isAtEnd;
            set => _isAtEnd = value;
        }

        public long? TryTake() => IsAtEnd ? null : Interlocked.Add(ref _last, step);
    }
}
