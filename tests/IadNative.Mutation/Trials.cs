namespace IadNative.Mutation;

/// <summary>
/// Tries mutants one after another in one process, which saves its start and the compilation of its code. That a test fails in such a
/// process is believed only where nothing that mutants before have left behind can be the reason: it fails twice with the mutant and
/// passes without. All else is tried again in a process of its own.
/// </summary>
/// <param name="folder">A folder of tests whose library holds mutants.</param>
internal sealed class Trials(string folder) : IDisposable
{
    private TestProcess _shared = new(folder);

    /// <summary>Runs all quick tests, with no mutant on.</summary>
    public IReadOnlyList<TestRecord> Cover(int mutants) => _shared.Cover(mutants);

    /// <summary>Runs tests with a mutant on, until one fails.</summary>
    /// <param name="mutant">Its number.</param>
    /// <param name="tests">The tests.</param>
    /// <param name="isInitial">Whether it may run but once in a process.</param>
    public (Outcome Outcome, string Reason) Try(int mutant, IReadOnlyList<TestRecord> tests, bool isInitial)
    {
        if (!isInitial)
        {
            (Outcome Outcome, string Reason)? verdict = _shared.Try(mutant, tests, isOnly: false);
            bool isAlive = verdict is not { Outcome: Outcome.TimedOut } && _shared.IsAlive;
            if (verdict is null || !isAlive)
            {
                _shared.Dispose();
                _shared = new TestProcess(folder);
            }

            if (isAlive && verdict is { Outcome: Outcome.Killed } killed) return killed;
        }

        using var own = new TestProcess(folder);
        return own.Try(mutant, tests, isOnly: true) ?? (Outcome.Survived, "a test that fails now and then");
    }

    /// <inheritdoc/>
    public void Dispose() => _shared.Dispose();
}
