using System.Security.Cryptography;

namespace IadNative.Extensions.Hosting.Serving;

/// <summary>
/// Keeps a detector at what its model file says. The file is looked at again and again: events of file systems do not come from network
/// folders, bind mounts and links that change in the midst of a path, and a look costs a few microseconds. What has changed is read once it
/// looked the same twice, as a whole and into memory; the model's checksum is compared before it serves.
/// </summary>
internal sealed class ModelFile : IDisposable
{
    // A file that is written twice within the resolution of its time, two seconds at most, may look as if it had been once.
    private static readonly TimeSpan s_timeResolution = TimeSpan.FromSeconds(2);

    private readonly DetectorSlot _slot;
    private readonly string _path;
    private readonly LoadOptions _options;
    private readonly TimeProvider _time;
    private readonly object _reading = new();
    private readonly ITimer? _timer;
    private FileStamp? _seen, _read;
    private byte[] _checksum = [];
    private (AnomalyDetector Detector, byte[] Checksum)? _loaded;
    private long _readAt;
    private bool _isDoubtful, _isDisposed;

    /// <summary>Reads the file for the first time, and looks at it from then on where it is to be watched.</summary>
    /// <exception cref="ModelFormatException">The file is no model, and the detector may not be without.</exception>
    /// <exception cref="IOException">It is not there or cannot be read, and the detector may not be without.</exception>
    /// <exception cref="UnauthorizedAccessException">It must not be read, and the detector may not be without.</exception>
    public ModelFile(DetectorSlot slot, AnomalyDetectorOptions options, TimeProvider time)
    {
        (_slot, _path, _options, _time) = (slot, Path.GetFullPath(options.Path!), options.Load, time);
        if (options.Optional) TryRead();
        else Read(FileStamp.Of(_path));
        if (options.Watch)
            _timer = time.CreateTimer(file => ((ModelFile)file!).Look(), this, options.PollInterval, options.PollInterval);
    }

    // Whether the bytes that were read last are those of the model that serves.
    private bool IsServed => _loaded is { } loaded && loaded.Detector == _slot.Current && _checksum.AsSpan().SequenceEqual(loaded.Checksum);

    /// <summary>Reads the file now.</summary>
    /// <returns>Whether its model serves.</returns>
    public bool TryRead()
    {
        lock (_reading)
        {
            return Try(() => Read(FileStamp.Of(_path)));
        }
    }

    /// <summary>Ends the looks. One that is under way is waited for: what it logs and counts goes to services that are still there.</summary>
    public void Dispose()
    {
        _timer?.Dispose();
        lock (_reading)
        {
            _isDisposed = true;
        }
    }

    // One at a time: who finds another at it has nothing to add.
    private void Look()
    {
        if (!Monitor.TryEnter(_reading)) return;
        try
        {
            if (_isDisposed) return;
            FileStamp stamp = FileStamp.Of(_path);
            bool isChanged = stamp != _read, isStill = stamp == _seen;
            _seen = stamp;
            if (isChanged && isStill) Try(() => Read(stamp));
            else if (!isChanged && _isDoubtful && _time.GetElapsedTime(_readAt) >= s_timeResolution) Try(() => ReadAgain(stamp));
        }
        finally
        {
            Monitor.Exit(_reading);
        }
    }

    // Whatever goes wrong: the detector serves on with what it has, and on a timer nobody else would hear of it.
    private bool Try(Action read)
    {
        try
        {
            read();
            return true;
        }
        catch (Exception e)
        {
            _slot.Fail(e);
            return false;
        }
    }

    private void Read(FileStamp stamp)
    {
        _read = null;
        byte[] bytes = ReadBytes(stamp);
        (_read, _readAt, _isDoubtful) = (stamp, _time.GetTimestamp(), true);
        _checksum = SHA256.HashData(bytes);
        if (IsServed)
        {
            _slot.Confirm(_path);
            return;
        }

        AnomalyDetector detector = AnomalyDetector.Load(new MemoryStream(bytes), _path, _options);
        _slot.Replace(detector, _path);
        _loaded = (detector, _checksum);
    }

    private void ReadAgain(FileStamp stamp)
    {
        if (!SHA256.HashData(ReadBytes(stamp)).AsSpan().SequenceEqual(_checksum))
        {
            Read(stamp);
            return;
        }

        _isDoubtful = false;
        if (IsServed) _slot.Confirm(_path);
    }

    private byte[] ReadBytes(FileStamp stamp)
    {
        if (stamp.Problem is { } problem) throw new IOException($"The model file {_path} cannot be read: {problem}.");
        byte[] bytes = ReadBytes();
        return FileStamp.Of(_path) == stamp ? bytes : throw new IOException($"The model file {_path} changed while it was read.");
    }

    // Writers are neither kept from writing nor from renaming over it.
    private byte[] ReadBytes()
    {
        using var stream = new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1);
        byte[] bytes = new byte[checked((int)Math.Min(stream.Length, Array.MaxLength))];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
