using System.Runtime.InteropServices;

namespace IadNative.Node;

/// <summary>
/// Ctrl+C and requests to terminate: the first asks the node to leave its cluster in good order, which takes seconds; another one ends it at once.
/// </summary>
internal sealed class NodeSignals : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly PosixSignalRegistration[] _registrations;

    public NodeSignals() => _registrations =
        Array.ConvertAll((PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP, PosixSignal.SIGQUIT], signal => PosixSignalRegistration.Create(signal, Take));

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Stop => _stop.Token;

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations) registration.Dispose();
        _stop.Dispose();
    }

    private void Take(PosixSignalContext context)
    {
        // Not cancelling the signal leaves it to the system, which ends the process.
        if (_stop.IsCancellationRequested) return;
        context.Cancel = true;
        _stop.Cancel();
    }
}
