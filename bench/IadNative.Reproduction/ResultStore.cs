using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using IadNative.Persistence;
using IadNative.Reproduction.Claims;
using IadNative.Reproduction.Figures;
using static System.FormattableString;

namespace IadNative.Reproduction;

/// <summary>
/// Finished trials in a folder, one small JSON file each, so that an interrupted command goes on where it stopped, other tables
/// find the trials that they share, and several processes share the work. A file is whole or not there; one that cannot be read
/// counts as not there.
/// </summary>
internal sealed class ResultStore
{
    private const int HashLength = 16, EngineHashLength = 8;
    private const string ClaimFolder = "claims";
    private const string FigureSuffix = "-figure5";

    private readonly string _folder;
    private readonly bool _sameEngine;
    private readonly TrialClaims _claims;

    /// <summary>Opens the store, or makes one, and removes what processes that were killed left half written.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="engine">The <see cref="EngineIdentity"/> whose results are added.</param>
    /// <param name="sameEngine">Whether only results of this very engine are found; otherwise those of all are.</param>
    /// <param name="clock">The time.</param>
    /// <exception cref="BadInputException">The folder cannot be made, or nothing can be written to it.</exception>
    public ResultStore(string folder, string engine, bool sameEngine, TimeProvider clock)
    {
        Engine = engine;
        _sameEngine = sameEngine;
        try
        {
            _folder = Directory.CreateDirectory(OutputPlace.Find(folder)).FullName;
            _claims = new TrialClaims(Path.Combine(_folder, ClaimFolder), clock);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"the folder '{folder}' cannot be made: {exception.Message}");
        }

        OutputFile.CheckFolder(_folder, "--out");
    }

    /// <summary>The <see cref="EngineIdentity"/> whose results are added.</summary>
    public string Engine { get; }

    /// <summary>Claims a trial before it is trained; null where another process has it.</summary>
    public TrialClaim? TryClaim(Trial trial, TrialKey key) => _claims.TryTake(NameOf(trial, key));

    /// <summary>The same for what is seen in its rounds.</summary>
    public TrialClaim? TryClaimFigure(Trial trial, TrialKey key) => _claims.TryTake(NameOf(trial, key) + FigureSuffix);

    /// <summary>A result that is there; null when there is none.</summary>
    public TrialResult? Find(Trial trial, TrialKey key) =>
        Find(NameOf(trial, key), key, ReproductionJsonContext.Default.TrialResult, OriginOf);

    /// <summary>Keeps a result of this engine.</summary>
    public void Add(Trial trial, TrialKey key, TrialResult result) =>
        Add(NameOf(trial, key), result, ReproductionJsonContext.Default.TrialResult, OriginOf);

    /// <summary>What was seen in a trial's rounds; null when nobody has looked.</summary>
    public WeightsFigure? FindFigure(Trial trial, TrialKey key) =>
        Find(NameOf(trial, key) + FigureSuffix, key, ReproductionJsonContext.Default.StoredFigure, OriginOf)?.Figure;

    /// <summary>Keeps what this engine saw in a trial's rounds.</summary>
    public void AddFigure(Trial trial, TrialKey key, WeightsFigure figure) => Add(NameOf(trial, key) + FigureSuffix,
        new StoredFigure(key.Hash, figure), ReproductionJsonContext.Default.StoredFigure, OriginOf);

    private static (string Key, string Engine) OriginOf(TrialResult result) => (result.Key, result.Engine);

    private static (string Key, string Engine) OriginOf(StoredFigure stored) => (stored.Key, stored.Figure.Engine);

    /// <summary>A name that says what is inside, made unique by the key's hash.</summary>
    private static string NameOf(Trial trial, TrialKey key)
    {
        string normal = trial.NormalClass is { } name ? $"-class{name}" : "";
        return Invariant($"{trial.Cell.Model}-{trial.Cell.Dataset.Name}{normal}-seed{trial.Seed}-{key.Hash[..HashLength]}");
    }

    private T? Find<T>(string name, TrialKey key, JsonTypeInfo<T> type, Func<T, (string Key, string Engine)> originOf)
        where T : class
    {
        return new[] { PathOf(name), OwnPathOf(name) }.Select(path => TryRead(path, type)).FirstOrDefault(Counts);

        bool Counts(T? found) =>
            found is not null && originOf(found) is var (of, engine) && of == key.Hash && (!_sameEngine || engine == Engine);
    }

    /// <summary>A second result for a key, which is of another engine than the first, gets a name with the engine's hash.</summary>
    private void Add<T>(string name, T value, JsonTypeInfo<T> type, Func<T, (string Key, string Engine)> originOf)
        where T : class
    {
        bool second = TryRead(PathOf(name), type) is { } first && originOf(first).Key == originOf(value).Key
            && originOf(first).Engine != Engine;
        AtomicFile.Write(second ? OwnPathOf(name) : PathOf(name), stream => JsonSerializer.Serialize(stream, value, type));
    }

    private static T? TryRead<T>(string path, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            using FileStream stream = File.OpenRead(path);
            return JsonSerializer.Deserialize(stream, type);
        }
        catch (Exception exception) when (exception is FileNotFoundException or JsonException)
        {
            return null;
        }
    }

    private string PathOf(string name) => Path.Combine(_folder, name + ".json");

    private string OwnPathOf(string name) => PathOf($"{name}-engine{TrialKey.HashOf(Engine)[..EngineHashLength]}");
}

/// <summary>What was seen in the rounds of a trial.</summary>
/// <param name="Key">What determines it; see <see cref="TrialKey.Hash"/>.</param>
/// <param name="Figure">What was seen.</param>
internal sealed record StoredFigure(string Key, WeightsFigure Figure);
