using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using IadNative.Persistence;

namespace IadNative.Cli.Reproduction;

/// <summary>
/// Finished trials in a folder, one small JSON file each, so that an interrupted command goes on where it stopped and other
/// tables find the trials that they share. A file is whole or not there; one that cannot be read counts as not there.
/// </summary>
internal sealed class ResultStore
{
    private const int HashLength = 16;

    private readonly string _folder;

    /// <summary>Opens the store, or makes one.</summary>
    public ResultStore(string folder) => _folder = Directory.CreateDirectory(folder).FullName;

    /// <summary>
    /// Everything that determines a trial's numbers: data set and its checksum, contamination, normal class, setting, seed, and
    /// the engine's version and device. Which table asked is no part of it.
    /// </summary>
    public static string KeyOf(Trial trial, string checksum, string engine)
    {
        Cell cell = trial.Cell;
        return FormattableString.Invariant($"{cell.Dataset.Name} sha256:{checksum} contamination:{cell.Contamination} ")
            + FormattableString.Invariant($"normal-class:{trial.NormalClass} {cell.Settings.CommandLine(cell.Dataset)} ")
            + FormattableString.Invariant($"--seed {trial.Seed} engine:{engine}");
    }

    /// <summary>The result of an earlier run; null when there is none.</summary>
    public TrialResult? Find(Trial trial, string key)
    {
        try
        {
            using FileStream stream = File.OpenRead(PathOf(trial, key));
            TrialResult? result = JsonSerializer.Deserialize(stream, ReproductionJsonContext.Default.TrialResult);
            return result?.Key == key ? result : null;
        }
        catch (Exception exception) when (exception is FileNotFoundException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Keeps a result.</summary>
    public void Add(Trial trial, TrialResult result) => AtomicFile.Write(PathOf(trial, result.Key),
        stream => JsonSerializer.Serialize(stream, result, ReproductionJsonContext.Default.TrialResult));

    /// <summary>A name that says what is inside, made unique by the key's hash.</summary>
    private string PathOf(Trial trial, string key)
    {
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))[..HashLength];
        string normal = trial.NormalClass is { } name ? $"-class{name}" : "";
        return Path.Combine(_folder,
            FormattableString.Invariant($"{trial.Cell.Model}-{trial.Cell.Dataset.Name}{normal}-seed{trial.Seed}-{hash}.json"));
    }
}
