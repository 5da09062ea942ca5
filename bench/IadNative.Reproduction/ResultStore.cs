using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using IadNative.Reproduction.Figures;
using IadNative.Persistence;
using static System.FormattableString;

namespace IadNative.Reproduction;

/// <summary>
/// Finished trials in a folder, one small JSON file each, so that an interrupted command goes on where it stopped and other
/// tables find the trials that they share. A file is whole or not there; one that cannot be read counts as not there. One process
/// at a time has the folder.
/// </summary>
internal sealed class ResultStore : IDisposable
{
    private const int HashLength = 16;
    private const string LockName = ".lock";
    private const string FigureSuffix = "-figure5";

    private readonly string _folder;
    private readonly FileStream _lock;

    /// <summary>Opens the store, or makes one, and removes what a killed process left half written.</summary>
    /// <exception cref="BadInputException">The folder cannot be made, or another process is at work in it.</exception>
    public ResultStore(string folder)
    {
        try
        {
            _folder = Directory.CreateDirectory(folder).FullName;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"the folder '{folder}' cannot be made: {exception.Message}");
        }

        _lock = Lock(_folder);
        foreach (string remains in Directory.GetFiles(_folder, AtomicFile.TemporaryFiles)) File.Delete(remains);
    }

    /// <summary>
    /// Everything that determines a trial's numbers: data set and its checksum, contamination, normal class, setting, seed, and
    /// the <see cref="EngineIdentity"/>. Which table asked is no part of it.
    /// </summary>
    public static string KeyOf(Trial trial, string checksum, string engine)
    {
        Cell cell = trial.Cell;
        return Invariant($"{cell.Dataset.Name} sha256:{checksum} contamination:{cell.Contamination} ")
            + Invariant($"normal-class:{trial.NormalClass} {cell.Settings.CommandLine(cell.Dataset)} ")
            + Invariant($"--seed {trial.Seed} engine:{engine}");
    }

    /// <summary>The result of an earlier run; null when there is none.</summary>
    public TrialResult? Find(Trial trial, string key) =>
        Read(PathOf(trial, key), ReproductionJsonContext.Default.TrialResult) is { } result && result.Key == key ? result : null;

    /// <summary>Keeps a result.</summary>
    public void Add(Trial trial, TrialResult result) =>
        Write(PathOf(trial, result.Key), result, ReproductionJsonContext.Default.TrialResult);

    /// <summary>What an earlier run saw in a trial's rounds; null when there is none.</summary>
    public WeightsFigure? FindFigure(Trial trial, string key) =>
        Read(PathOf(trial, key, FigureSuffix), ReproductionJsonContext.Default.StoredFigure) is { } stored && stored.Key == key
            ? stored.Figure
            : null;

    /// <summary>Keeps what was seen in a trial's rounds.</summary>
    public void AddFigure(Trial trial, string key, WeightsFigure figure) =>
        Write(PathOf(trial, key, FigureSuffix), new StoredFigure(key, figure), ReproductionJsonContext.Default.StoredFigure);

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();

    private static FileStream Lock(string folder)
    {
        string path = Path.Combine(folder, LockName);
        try
        {
            return new FileStream(
                path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
        }
        catch (IOException) when (File.Exists(path))
        {
            throw new BadInputException($"another 'iad reproduce' is at work in '{folder}'. Wait for its end, or give this one "
                + "another folder with --out.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"nothing can be written to the folder '{folder}': {exception.Message}");
        }
    }

    private static T? Read<T>(string path, JsonTypeInfo<T> type)
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

    private static void Write<T>(string path, T value, JsonTypeInfo<T> type) =>
        AtomicFile.Write(path, stream => JsonSerializer.Serialize(stream, value, type));

    /// <summary>A name that says what is inside, made unique by the key's hash.</summary>
    private string PathOf(Trial trial, string key, string suffix = "")
    {
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))[..HashLength];
        string normal = trial.NormalClass is { } name ? $"-class{name}" : "";
        return Path.Combine(_folder,
            Invariant($"{trial.Cell.Model}-{trial.Cell.Dataset.Name}{normal}-seed{trial.Seed}-{hash}{suffix}.json"));
    }
}

/// <summary>What was seen in the rounds of a trial.</summary>
/// <param name="Key">Everything that determines it; see <see cref="ResultStore.KeyOf"/>.</param>
/// <param name="Figure">What was seen.</param>
internal sealed record StoredFigure(string Key, WeightsFigure Figure);
