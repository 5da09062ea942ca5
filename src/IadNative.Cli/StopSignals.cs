using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using IadNative.Persistence;

namespace IadNative.Cli;

/// <summary>
/// Ctrl+C, a terminal that is closed, and requests to terminate: the first asks the job to stop in good order. Where it does not soon,
/// because it is blocked in a read or write that nothing ends, and where a later one comes, the process is ended from here: files that
/// are not finished are removed, and the exit code is <see cref="ExitCodes.Cancelled"/>. Results that are being written are waited for.
/// </summary>
internal static partial class StopSignals
{
    /// <summary>How long the job has to stop by itself. Signals in this time are one: closing a terminal sends several.</summary>
    private static readonly TimeSpan s_grace = TimeSpan.FromMilliseconds(500);

    /// <summary>How long what goes to standard output may take when the work is done and saved, also on a machine that is busy.</summary>
    private static readonly TimeSpan s_printing = TimeSpan.FromSeconds(5);

    /// <summary>How long the last line may take, since standard error may be what is blocked.</summary>
    private static readonly TimeSpan s_lastLine = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(20);

    private static readonly PosixSignal[] s_signals =
        [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP, PosixSignal.SIGQUIT];

    private static readonly CancellationTokenSource s_stop = new();

    // They stay to the end of the process: a signal after the work is done must not make a failure of it.
    private static PosixSignalRegistration[]? s_registrations;

    private static long s_first;
    private static int s_isEnding;

    /// <summary>Listens from now on; signals that the process was started with ignored, as by nohup, stay ignored.</summary>
    /// <returns>Cancelled by the first signal.</returns>
    public static CancellationToken Listen()
    {
        s_registrations ??= Array.ConvertAll(s_signals, signal => PosixSignalRegistration.Create(signal, Stop));
        return s_stop.Token;
    }

    private static void Stop(PosixSignalContext context)
    {
        context.Cancel = true;
        long first = Interlocked.CompareExchange(ref s_first, Stopwatch.GetTimestamp(), 0);
        if (first == 0)
        {
            new Thread(EndAfterGrace) { IsBackground = true, Name = "End" }.Start();
            s_stop.Cancel();
        }
        else if (Stopwatch.GetElapsedTime(first) > s_grace)
        {
            End();
        }
    }

    private static void EndAfterGrace()
    {
        Thread.Sleep(s_grace);
        while (ResultFiles.AreBeingWritten) Thread.Sleep(s_look);
        if (ResultFiles.AreWritten) Thread.Sleep(s_printing);
        End();
    }

    private static void End()
    {
        if (Interlocked.Exchange(ref s_isEnding, 1) != 0) return;
        var lastLine = new Thread(SayCancelled) { IsBackground = true };
        lastLine.Start();
        lastLine.Join(s_lastLine);
        PendingFiles.Delete();
        // The ordinary way out waits for whatever libraries do at the end, beside threads that are still at work.
        if (OperatingSystem.IsWindows()) Environment.Exit(ExitCodes.Cancelled);
        else ExitAtOnce(ExitCodes.Cancelled);
    }

    // Not through the console: whoever writes to one of its streams waits for those who write to another, and one of these may be what
    // is blocked.
    private static unsafe void SayCancelled()
    {
        const int standardError = 2;
        string line = (Console.IsErrorRedirected ? "" : "\u001b[?25h\n") + "error: cancelled; no file is left half-written.\n";
        if (OperatingSystem.IsWindows())
        {
            new GuardedWriter(Console.Error, _ => { }).Write(line);
            return;
        }

        byte[] bytes = Encoding.UTF8.GetBytes(line);
        fixed (byte* start = bytes) _ = Write(standardError, start, bytes.Length);
    }

    [LibraryImport("libc", EntryPoint = "write")]
    private static unsafe partial nint Write(int descriptor, byte* buffer, nint count);

    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void ExitAtOnce(int code);
}
