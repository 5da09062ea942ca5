using IadNative.Messages;
using IadNative.Persistence;

namespace IadNative.Fleet;

/// <summary>
/// A fleet in a folder, which may be shared by many machines: its plan (<c>plan.json</c>), partitions, results, claims, a file that asks
/// all who work on it to stop (<c>cancel</c>), and one that says which request was taken back (<c>resumed</c>).
/// </summary>
public sealed class FleetFolder
{
    private const string PlanFile = "plan.json", CancelFile = "cancel", ResumedFile = "resumed";

    /// <summary>A folder; it is made with its plan.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="note">Takes a sentence about each damaged result, once; from any thread. Null for no one.</param>
    /// <exception cref="ArgumentException">The path is empty, or none.</exception>
    public FleetFolder(string path, Action<string>? note = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Path = System.IO.Path.GetFullPath(path);
        Partitions = new FolderPartitionStore(In("partitions"));
        Results = new FolderJobStore(In("results"), note);
        Claims = new FolderJobClaims(In("claims"));
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>Its partitions.</summary>
    public FolderPartitionStore Partitions { get; }

    /// <summary>Its results.</summary>
    public FolderJobStore Results { get; }

    /// <summary>Who is at which of its jobs.</summary>
    public FolderJobClaims Claims { get; }

    /// <summary>Whether there is a plan in it.</summary>
    public bool HasPlan => File.Exists(In(PlanFile));

    /// <summary>Whether all who work on it are asked to stop, and nobody has taken that back since; see <see cref="ClearCancel"/>.</summary>
    /// <exception cref="IOException">The request cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The request may not be read.</exception>
    public bool IsCancelRequested => ReadCancel() is { } request && request != Read(ResumedFile);

    /// <summary>Reads the plan.</summary>
    /// <exception cref="DataFormatException">It is damaged, or no plan.</exception>
    /// <exception cref="IOException">There is none, or it cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public FleetPlan ReadPlan() => FleetPlan.Read(File.ReadAllBytes(In(PlanFile)), In(PlanFile));

    /// <summary>Keeps a plan, once: the same one may be kept again.</summary>
    /// <param name="plan">The plan.</param>
    /// <exception cref="InvalidOperationException">There is another one.</exception>
    /// <exception cref="DataFormatException">The one that is there is damaged.</exception>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    public void WritePlan(FleetPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        Directory.CreateDirectory(Path);
        byte[] content = plan.Write();
        if (AtomicFile.TryCreate(In(PlanFile), stream => stream.Write(content))) return;
        if (ReadPlan().Hash != plan.Hash)
            throw new InvalidOperationException($"{ForeignText.Plain(Path)} holds another plan; give another folder, or go on with the plan that is there.");
    }

    /// <summary>Asks all who work on the fleet now to stop; see <see cref="StopWhenAsked"/>. Each request is one of its own.</summary>
    /// <exception cref="IOException">The folder cannot be written to.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    public void RequestCancel()
    {
        Directory.CreateDirectory(Path);
        AtomicFile.Write(In(CancelFile), stream => stream.Write(System.Text.Encoding.ASCII.GetBytes($"{Guid.NewGuid():N}\n")));
    }

    /// <summary>
    /// Takes the last request back for whoever begins from now on: <see cref="IsCancelRequested"/> is false until the next one. Those who were at
    /// work when it came still stop.
    /// </summary>
    /// <exception cref="IOException">The folder cannot be written to.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    public void ClearCancel()
    {
        if (ReadCancel() is { } request) AtomicFile.Write(In(ResumedFile), stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(request)));
    }

    /// <summary>
    /// A source of cancellation that is cancelled within seconds when somebody asks to stop, or with a token. A request that was there before
    /// is none: whoever begins after it goes on.
    /// </summary>
    /// <param name="cancellationToken">The token.</param>
    /// <returns>To be disposed of when the work is done.</returns>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be read.</exception>
    public FleetStop StopWhenAsked(CancellationToken cancellationToken = default) => new(this, cancellationToken);

    /// <summary>The last request to stop; null where there is none.</summary>
    internal string? ReadCancel() => Read(CancelFile);

    private string? Read(string name) => SharedFile.Find(In(name)) is { } content ? System.Text.Encoding.UTF8.GetString(content) : null;

    private string In(string name) => System.IO.Path.Combine(Path, name);
}

/// <summary>Watches a fleet's folder for a request to stop.</summary>
public sealed class FleetStop : IDisposable
{
    private static readonly TimeSpan s_lookEvery = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _source;
    private readonly string? _earlier;
    private readonly Timer _timer;

    internal FleetStop(FleetFolder folder, CancellationToken cancellationToken)
    {
        _earlier = folder.ReadCancel();
        _source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _timer = new Timer(_ => Look(folder), null, s_lookEvery, s_lookEvery);
    }

    /// <summary>Cancelled when somebody asks to stop.</summary>
    /// <exception cref="ObjectDisposedException">It was disposed of.</exception>
    public CancellationToken Token => _source.Token;

    /// <summary>Whether the folder asked.</summary>
    public bool WasAsked { get; private set; }

    /// <summary>Ends the watch.</summary>
    public void Dispose()
    {
        using (var ended = new ManualResetEvent(false))
        {
            if (_timer.Dispose(ended)) ended.WaitOne();
        }

        _source.Dispose();
    }

    private void Look(FleetFolder folder)
    {
        try
        {
            if (WasAsked || folder.ReadCancel() is not { } request || request == _earlier) return;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A folder that is away for a moment asks for nothing; the next look is in a second.
            return;
        }

        WasAsked = true;
        _source.Cancel();
    }
}
