using System.Runtime.InteropServices;

namespace IadNative.Cli;

/// <summary>
/// Standard output where it is a pipe or a socket. The runtime's own stream drops what is written when the reader is gone, so that a
/// table that was cut would look whole; this one fails with <see cref="BrokenPipe"/>.
/// </summary>
/// <param name="descriptor">Its number; null where it was closed when the process was started.</param>
internal sealed unsafe partial class PipeOutput(int? descriptor) : Stream
{
    /// <summary>The <see cref="Exception.HResult"/> of the failure to write for a reader that is gone: EPIPE.</summary>
    public const int BrokenPipe = 32;

    private const int Interrupted = 4;
    private const short CanBeWritten = 4;

    // EAGAIN: whoever shares the pipe has made it one that does not wait.
    private static readonly int s_wouldWait = OperatingSystem.IsLinux() ? 11 : 35;

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (descriptor is not { } open) throw new IOException("it was closed when the program was started.");
        fixed (byte* start = buffer)
        {
            for (int done = 0; done < buffer.Length;)
            {
                nint written = Write(open, start + done, buffer.Length - done);
                if (written >= 0) done += (int)written;
                else Recover(open, Marshal.GetLastPInvokeError());
            }
        }
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    private static void Recover(int descriptor, int error)
    {
        if (error == Interrupted) return;
        if (error != s_wouldWait) throw new IOException(Marshal.GetPInvokeErrorMessage(error), error);
        var wait = new PollRequest { Descriptor = descriptor, Events = CanBeWritten };
        // Whatever it says, the next write tells more.
        _ = Poll(&wait, 1, -1);
    }

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(int descriptor, byte* buffer, nint count);

    [LibraryImport("libc", EntryPoint = "poll")]
    private static partial int Poll(PollRequest* requests, nuint count, int milliseconds);

    private struct PollRequest
    {
        public int Descriptor;
        public short Events;
        public short Happened;
    }
}
