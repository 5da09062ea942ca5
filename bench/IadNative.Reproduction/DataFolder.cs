using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using IadNative.Data;

namespace IadNative.Reproduction;

/// <summary>The folder of the paper's data sets; each is read once.</summary>
internal sealed class DataFolder
{
    private const string Variable = "IAD_DATA";

    private readonly string _folder;
    private readonly CancellationToken _cancellationToken;
    private readonly ConcurrentDictionary<PaperDataset, Lazy<LoadedData>> _loaded = new();

    /// <summary>The folder that the command line names or, without one, the environment variable IAD_DATA.</summary>
    /// <exception cref="BadInputException">Neither names a folder that exists.</exception>
    public DataFolder(string? folder, CancellationToken cancellationToken)
    {
        folder ??= Environment.GetEnvironmentVariable(Variable);
        if (string.IsNullOrEmpty(folder))
        {
            throw new BadInputException($"where are the data sets? Give their folder with --data DIR or in the environment "
                + $"variable {Variable}. It holds {string.Join(", ", PaperDataset.All.Select(dataset => dataset.Places[0]))}.");
        }

        if (!Directory.Exists(folder))
        {
            throw new BadInputException(
                $"the data folder '{folder}' does not exist. Give another with --data DIR or {Variable}.");
        }

        _folder = folder;
        _cancellationToken = cancellationToken;
    }

    /// <summary>A data set and its checksum.</summary>
    /// <exception cref="BadInputException">It is not there; the message says where it belongs and where to get it.</exception>
    /// <exception cref="DataFormatException">It cannot be understood.</exception>
    public LoadedData Load(PaperDataset dataset) =>
        _loaded.GetOrAdd(dataset, key => new Lazy<LoadedData>(() => Read(key))).Value;

    /// <summary>Where data sets lie, whether they are used or not: files, and folders of images.</summary>
    public IEnumerable<string> Places() => PaperDataset.All.SelectMany(PlacesOf);

    private IEnumerable<string> PlacesOf(PaperDataset dataset) => dataset.Places.Select(path => Path.Combine(_folder, path))
        .Where(path => dataset.IsImages ? Directory.Exists(path) : File.Exists(path));

    private LoadedData Read(PaperDataset dataset)
    {
        if (PlacesOf(dataset).FirstOrDefault() is not { } place)
        {
            throw new BadInputException($"{dataset.Title} is not in the data folder '{_folder}': "
                + $"{string.Join(", ", dataset.Places)} {(dataset.IsImages ? "is" : "are")} missing. "
                + $"{Capitalize(dataset.Source)}.");
        }

        Dataset data = new DataInput(place, dataset.IsImages ? null : "y", "error", dataset.IsImages).Read(_cancellationToken);
        if (dataset.IsImages ? data.Classes is null : data.Anomalies == 0 || data.Anomalies == data.Rows)
            throw new BadInputException($"'{place}' has no {(dataset.IsImages ? "classes" : "labels of both kinds")}.");
        return new LoadedData(data, Checksum(data));
    }

    /// <summary>SHA-256 of the numbers, labels and classes, so that the container does not matter.</summary>
    private static string Checksum(Dataset data)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(MemoryMarshal.AsBytes<float>(data.Values));
        if (data.Labels is { } labels) hash.AppendData(MemoryMarshal.AsBytes<bool>(labels));
        if (data.Classes is { } classes) hash.AppendData(Encoding.UTF8.GetBytes(string.Join(',', classes)));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static string Capitalize(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}

/// <summary>A data set as it was read.</summary>
/// <param name="Data">The samples.</param>
/// <param name="Checksum">SHA-256 of its content.</param>
internal sealed record LoadedData(Dataset Data, string Checksum)
{
    /// <summary>The training data of a trial.</summary>
    public Dataset For(Trial trial)
    {
        Dataset data = trial.NormalClass is { } normal ? Scenario.WithNormal(Data, [normal]) : Data;
        return trial.Cell.Contamination is { } contamination ? Scenario.Contaminate(data, contamination, trial.Seed) : data;
    }
}
