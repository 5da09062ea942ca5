using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using IadNative.Persistence;
using IadNative.Fleet;
using IadNative.Fleet.Claims;
using IadNative.Reproduction.Figures;
using static System.FormattableString;

namespace IadNative.Reproduction;

/// <summary>
/// Finished trials in a folder, one small JSON file each, so that an interrupted command goes on where it stopped, other tables
/// find the trials that they share, and several processes share the work. A file is whole or not there. What is not a whole result
/// of its trial counts as not there, and is noted; it makes room for the result that is trained in its place where it is a file, and
/// otherwise stays.
/// </summary>
internal sealed class ResultStore
{
    private const int HashLength = 16, EngineHashLength = 8;
    private const string ClaimFolder = "claims";
    private const string FigureSuffix = "-figure5";

    private readonly string _folder;
    private readonly bool _sameEngine;
    private readonly WorkClaims _claims;
    private readonly Action<string> _note;
    private readonly HashSet<string> _noted = [], _unchecked = [];
    private readonly Lock _gate = new();

    /// <summary>Opens the store, or makes one, and removes what processes that were killed left half written.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="engine">The <see cref="EngineIdentity"/> whose results are added.</param>
    /// <param name="sameEngine">Whether only results of this very engine are found; otherwise those of all are.</param>
    /// <param name="clock">The time.</param>
    /// <param name="note">Takes a sentence about each file that does not count, once; from any thread.</param>
    /// <exception cref="BadInputException">The folder cannot be made, or nothing can be written to it.</exception>
    public ResultStore(string folder, string engine, bool sameEngine, TimeProvider clock, Action<string> note)
    {
        Engine = engine;
        _note = note;
        _sameEngine = sameEngine;
        OutputFile.CheckName(folder, "--out");
        try
        {
            _folder = Directory.CreateDirectory(OutputPlace.Find(folder)).FullName;
            _claims = new WorkClaims(Path.Combine(_folder, ClaimFolder), clock);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"the folder '{folder}' cannot be made: {exception.Message}");
        }

        OutputFile.CheckFolder(_folder, "--out");
    }

    /// <summary>The <see cref="EngineIdentity"/> whose results are added.</summary>
    public string Engine { get; }

    /// <summary>How many results counted so far that earlier versions stored, without a checksum.</summary>
    public int Unchecked
    {
        get
        {
            lock (_gate) return _unchecked.Count;
        }
    }

    /// <summary>Claims a trial before it is trained; null where another process has it.</summary>
    /// <exception cref="IOException">Its result could not be stored, since something is in the way.</exception>
    public WorkClaim? TryClaim(Trial trial, TrialKey key) => TryClaim(NameOf(trial, key));

    /// <summary>Removes what a process that was killed behind its result has left of its claim.</summary>
    public void DeleteVoidClaims(Trial trial, TrialKey key) => _claims.DeleteVoid(NameOf(trial, key));

    /// <summary>The same for what is seen in its rounds.</summary>
    /// <exception cref="IOException">That could not be stored, since something is in the way.</exception>
    public WorkClaim? TryClaimFigure(Trial trial, TrialKey key) => TryClaim(NameOf(trial, key) + FigureSuffix);

    /// <summary>A result that is there; null when there is none.</summary>
    public TrialResult? Find(Trial trial, TrialKey key) =>
        Find(trial, key, NameOf(trial, key), ReproductionJsonContext.Default.TrialResult);

    /// <summary>Keeps a result of this engine.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Add(Trial trial, TrialKey key, TrialResult result) =>
        Add(trial, key, NameOf(trial, key), result, ReproductionJsonContext.Default.TrialResult);

    /// <summary>What was seen in a trial's rounds; null when nobody has looked.</summary>
    public WeightsFigure? FindFigure(Trial trial, TrialKey key) =>
        Find(trial, key, NameOf(trial, key) + FigureSuffix, ReproductionJsonContext.Default.StoredFigure)?.Figure;

    /// <summary>Keeps what this engine saw in a trial's rounds.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void AddFigure(Trial trial, TrialKey key, WeightsFigure figure) => Add(
        trial, key, NameOf(trial, key) + FigureSuffix, new StoredFigure(key.Hash, figure), ReproductionJsonContext.Default.StoredFigure);

    /// <summary>A name that says what is inside, made unique by the key's hash.</summary>
    private static string NameOf(Trial trial, TrialKey key)
    {
        string normal = trial.NormalClass is { } name ? $"-class{name}" : "";
        return Invariant($"{trial.Cell.Model}-{trial.Cell.Dataset.Name}{normal}-seed{trial.Seed}-{key.Hash[..HashLength]}");
    }

    private WorkClaim? TryClaim(string name)
    {
        // Before hours of training, not behind them.
        _ = FreePlace(PathOf(name), OwnPathOf(name));
        return _claims.TryTake(name);
    }

    private T? Find<T>(Trial trial, TrialKey key, string name, JsonTypeInfo<T> type)
        where T : class, IStoredResult
    {
        foreach (string path in (string[])[PathOf(name), OwnPathOf(name)])
        {
            ResultFile<T> file = Read(path, trial, key, type);
            if (file.Content is not { } found || (_sameEngine && found.Engine != Engine)) continue;
            lock (_gate)
            {
                if (!file.HasChecksum) _unchecked.Add(path);
            }

            return found;
        }

        return null;
    }

    /// <summary>
    /// A second result for a key, which is of another engine than the first, gets a name with the engine's hash. One of the same engine is the
    /// same, and the first stays.
    /// </summary>
    private void Add<T>(Trial trial, TrialKey key, string name, T value, JsonTypeInfo<T> type)
        where T : class, IStoredResult
    {
        byte[] content = ResultFile<T>.Write(value, type);
        var places = new List<string> { PathOf(name), OwnPathOf(name) };
        foreach (string place in places.ToArray())
        {
            if (ResultPlace.ObstacleAt(place) is not null) continue;
            T? stored = null;
            if (SharedFile.TryAdd(place, content, there => (stored = Check(ResultFile<T>.Parse(there, type), place, trial, key).Content) is not null) || stored!.Engine == Engine) return;
            places.Remove(place);
        }

        _ = FreePlace([.. places]);
    }

    private ResultFile<T> Read<T>(string path, Trial trial, TrialKey key, JsonTypeInfo<T> type)
        where T : class, IStoredResult => Check(ResultFile<T>.Read(path, type), path, trial, key);

    private ResultFile<T> Check<T>(ResultFile<T> file, string path, Trial trial, TrialKey key)
        where T : class, IStoredResult
    {
        string? fault = file.Fault;
        if (file.Content is { } content) fault = content.Key != key.Hash ? "has another key" : content.FaultFor(trial);
        if (fault is null) return file;
        lock (_gate)
        {
            if (_noted.Add(path)) _note($"'{path}' {fault}. It does not count, and what it stands for is trained again.");
        }

        return default;
    }

    /// <summary>The first place that a file can be written to.</summary>
    private static string FreePlace(params string[] places)
    {
        foreach (string place in places)
            if (ResultPlace.ObstacleAt(place) is null) return place;
        string obstacles = string.Join(", and ", places.Select(place => $"'{place}' {ResultPlace.ObstacleAt(place)}"));
        throw new IOException($"a result could not be stored: {obstacles}. Move away what is there; nothing else is lost.");
    }

    private string PathOf(string name) => Path.Combine(_folder, name + ".json");

    private string OwnPathOf(string name) => PathOf($"{name}-engine{TrialKey.HashOf(Engine)[..EngineHashLength]}");
}

/// <summary>What was seen in the rounds of a trial.</summary>
/// <param name="Key">What determines it; see <see cref="TrialKey.Hash"/>.</param>
/// <param name="Figure">What was seen.</param>
internal sealed record StoredFigure(string Key, WeightsFigure Figure) : IStoredResult
{
    /// <inheritdoc/>
    [JsonIgnore]
    public string Engine => Figure.Engine;

    /// <inheritdoc/>
    public string? FaultFor(Trial trial) => Figure.FaultFor(trial);
}
