using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace IadNative.Data;

/// <summary>
/// A file that nobody else opens (on Linux and macOS it has no name): written, and then mapped into memory to be read. It is gone when it is closed, and when the
/// process ends in whatever way. It is written by calls, since a disk that is full under a mapping would end the process.
/// </summary>
internal sealed unsafe class TemporaryFile : IDisposable
{
    private const string Remedy = "Make room there, or choose another folder with --temp (in a program temporaryFolder).";

    private readonly string _folder;
    private readonly FileStream _stream;
    private MemoryMappedFile? _map;
    private MemoryMappedViewAccessor? _view;

    /// <summary>Creates an empty one, for this user alone.</summary>
    /// <param name="folder">Where its bytes lie.</param>
    /// <exception cref="IOException">The folder does not exist, or nothing can be created in it.</exception>
    public TemporaryFile(string folder)
    {
        _folder = folder;
        string path = Path.Combine(folder, $"iad-{Path.GetRandomFileName()}");
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = FileShare.None, Options = FileOptions.DeleteOnClose, BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        try
        {
            _stream = new FileStream(path, options);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"No temporary file can be made in '{folder}': {exception.Message.TrimEnd('.')}. {Remedy}", exception);
        }

        if (!OperatingSystem.IsWindows()) TakeNameAway(path);
    }

    /// <summary>Whether it is closed.</summary>
    public bool IsDisposed { get; private set; }

    /// <summary>Writes numbers, before any are mapped.</summary>
    /// <param name="first">Place of the first in the file, counted in numbers.</param>
    /// <param name="numbers">The numbers.</param>
    /// <exception cref="IOException">The disk is full, or fails.</exception>
    public void Write<T>(long first, ReadOnlySpan<T> numbers)
        where T : unmanaged
    {
        const int MostAtOnce = 1 << 20;
        try
        {
            for (int start = 0; start < numbers.Length; start += MostAtOnce)
            {
                ReadOnlySpan<T> some = numbers[start..Math.Min(numbers.Length, start + MostAtOnce)];
                RandomAccess.Write(_stream.SafeFileHandle, MemoryMarshal.AsBytes(some), (first + start) * sizeof(T));
            }
        }
        catch (Exception exception) when (exception is IOException or ArgumentOutOfRangeException)
        {
            // The second one is how the runtime tells of a file system whose files do not become so large.
            throw new IOException($"The temporary file in '{_folder}' cannot be written: {exception.Message.TrimEnd('.')}. {Remedy}", exception);
        }
    }

    /// <summary>Maps all that was written, which must be so many numbers.</summary>
    /// <exception cref="IOException">It cannot be mapped.</exception>
    public Numbers<T> Map<T>(long length)
        where T : unmanaged
    {
        long bytes = length * sizeof(T);
        try
        {
            _map = MemoryMappedFile.CreateFromFile(
                _stream.SafeFileHandle, null, bytes, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
            _view = _map.CreateViewAccessor(0, bytes, MemoryMappedFileAccess.Read);
        }
        catch (Exception exception) when (exception is IOException or OutOfMemoryException)
        {
            throw new IOException(
                $"The temporary file in '{_folder}' of {bytes} bytes cannot be mapped into memory: {exception.Message.TrimEnd('.')}. The address space of a process "
                + "may be limited ('ulimit -v').", exception);
        }

        // What is mapped needs no open file there, and tables of many sources have many.
        if (!OperatingSystem.IsWindows()) CloseFile();
        byte* mapped = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref mapped);
        return new Numbers<T>(this, (T*)(mapped + _view.PointerOffset), length);
    }

    /// <summary>Closes it; what was mapped cannot be read any more.</summary>
    public void Dispose()
    {
        if (IsDisposed) return;
        IsDisposed = true;
        _view?.SafeMemoryMappedViewHandle.ReleasePointer();
        _view?.Dispose();
        CloseFile();
    }

    private void CloseFile()
    {
        _map?.Dispose();
        _stream.Dispose();
    }

    // What is open needs no name, and nothing is left however the process ends. Where that fails, closing takes it away.
    private static void TakeNameAway(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
        }
    }
}
