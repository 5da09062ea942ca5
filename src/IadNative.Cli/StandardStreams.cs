using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace IadNative.Cli;

/// <summary>
/// Standard input, output and error as the process was started with them. The number of one that was closed belongs to a file of the
/// runtime, or goes to the next that is opened, such as a model: what was meant for the console would be written into that.
/// </summary>
internal static partial class StandardStreams
{
    private const int Input = 0, Output = 1, Error = 2;
    private const int GetFlags = 1, CloseOnExec = 1;
    private const int BufferedCharacters = 16 << 10;

    private static readonly List<SafeFileHandle> s_placeholders = [];

    /// <summary>Whether there is no standard input.</summary>
    public static bool IsInputClosed { get; private set; }

    /// <summary>
    /// Keeps the console away from what has the number of a closed stream, and lets a pipe say when its reader is gone. To be called
    /// before anything is opened. On Windows nothing is to be done.
    /// </summary>
    public static void Prepare()
    {
        if (OperatingSystem.IsWindows()) return;
        IsInputClosed = IsClosed(Input);
        bool isOutputClosed = IsClosed(Output), isErrorClosed = IsClosed(Error);
        foreach (int stream in (int[])[Input, Output, Error])
            if (FlagsOf(stream) < 0) s_placeholders.Add(File.OpenHandle("/dev/null"));
        if (isErrorClosed) Console.SetError(TextWriter.Null);
        if (isOutputClosed || IsPipe(Output))
        {
            var pipe = new PipeOutput(isOutputClosed ? null : Output);
            Console.SetOut(new StreamWriter(pipe, Console.OutputEncoding, BufferedCharacters) { AutoFlush = true });
        }
    }

    /// <summary>What a process is started with stays open when it starts; all that the runtime opens is marked to be closed then.</summary>
    private static bool IsClosed(int stream) => FlagsOf(stream) is var flags && (flags < 0 || (flags & CloseOnExec) != 0);

    private static bool IsPipe(int stream)
    {
        if (!Console.IsOutputRedirected) return false;
        using var file = new FileStream(new SafeFileHandle(stream, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        return !file.CanSeek;
    }

    private static int FlagsOf(int stream) => FileControl(stream, GetFlags);

    // Takes no third argument with this command.
    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int FileControl(int file, int command);
}
