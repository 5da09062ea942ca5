using System.Collections.Concurrent;
using System.Text.Json;
using IadNative.Iad;
using IadNative.Messages;

namespace IadNative.Fleet;

/// <summary>
/// What a fleet is to fit: every partition with every option set and every seed. Jobs are numbered from 0, the seeds of an option set one
/// after the other, then the option sets of a partition, then the partitions; they are made when they are asked for. It is immutable.
/// </summary>
public sealed class FleetPlan
{
    private const string Format = "iadnative.fleet/1";

    // Jobs are mostly asked for in their order, so that few are needed at a time.
    private const int MostOptionsKept = 4096;

    private readonly ConcurrentDictionary<(int Options, int Schema, int Rows), string> _optionsOf = new();
    private readonly int[] _schemas;
    private readonly List<IReadOnlyList<FeatureColumn>> _columns = [];
    private readonly Lazy<string> _hash;

    /// <summary>A plan.</summary>
    /// <param name="partitions">What is fitted; names are unique.</param>
    /// <param name="options">How.</param>
    /// <param name="seeds">The seeds, each once.</param>
    /// <exception cref="ArgumentException">
    /// There is no partition or no seed, or one is there twice; a hash is none, or a partition has no rows or columns; options do not fit a
    /// partition's columns; or there are more than 10¹² jobs.
    /// </exception>
    public FleetPlan(IReadOnlyList<Partition> partitions, OptionGrid options, IReadOnlyList<ulong> seeds)
    {
        ArgumentNullException.ThrowIfNull(partitions);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(seeds);
        if (partitions.Count == 0) throw new ArgumentException("A plan needs a partition.", nameof(partitions));
        if (seeds.Count == 0 || seeds.Distinct().Count() < seeds.Count) throw new ArgumentException("A plan needs seeds, each once.", nameof(seeds));
        (Partitions, Options, Seeds) = ([.. partitions], options, [.. seeds]);
        double jobs = (double)partitions.Count * options.Count * seeds.Count;
        if (jobs > MostJobs) throw new ArgumentException($"The plan has {jobs:G3} jobs; allowed are {MostJobs}.", nameof(partitions));
        Jobs = (long)partitions.Count * options.Count * seeds.Count;
        _schemas = new int[partitions.Count];
        var names = new HashSet<string>();
        var schemas = new Dictionary<string, int>();
        for (int i = 0; i < Partitions.Count; i++)
        {
            Check(Partitions[i]);
            if (!names.Add(Partitions[i].Name))
                throw new ArgumentException($"Two partitions are called {ForeignText.Quote(Partitions[i].Name)}.", nameof(partitions));
            int before = _columns.Count;
            _schemas[i] = SchemaOf(Partitions[i].Columns, schemas);
            // What cannot be fitted has no key, and is refused before anything is.
            for (int k = 0; k < options.Count && _columns.Count > before; k++) _ = KeyOf(NumberOf(i, k, seed: 0));
        }

        _hash = new Lazy<string>(() => Digest.Of(Write()));
    }

    /// <summary>The most jobs of a plan.</summary>
    public const long MostJobs = 1_000_000_000_000;

    /// <summary>What is fitted.</summary>
    public IReadOnlyList<Partition> Partitions { get; }

    /// <summary>How: all its combinations.</summary>
    public OptionGrid Options { get; }

    /// <summary>The seeds.</summary>
    public IReadOnlyList<ulong> Seeds { get; }

    /// <summary>Number of jobs N: partitions times option sets times seeds.</summary>
    public long Jobs { get; }

    /// <summary>SHA-256 of <see cref="Write"/>.</summary>
    public string Hash => _hash.Value;

    /// <summary>A job.</summary>
    /// <param name="number">0 to <see cref="Jobs"/> - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is none of this number.</exception>
    /// <exception cref="ArgumentException">The options do not fit the partition.</exception>
    public FleetJob JobAt(long number)
    {
        (int partition, int options, int seed) = Split(number);
        return new FleetJob(number, Partitions[partition], Options.At(options), Seeds[seed], KeyOf(number));
    }

    /// <summary>
    /// What the result of a job is stored under: SHA-256 of the partition's hash, its options with defaults filled in, the seed, and the
    /// version of the algorithm. The engine that fits is no part of it.
    /// </summary>
    /// <param name="number">0 to <see cref="Jobs"/> - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is none of this number.</exception>
    /// <exception cref="ArgumentException">The options do not fit the partition.</exception>
    public string KeyOf(long number)
    {
        (int place, int options, int seed) = Split(number);
        Partition partition = Partitions[place];
        if (_optionsOf.Count > MostOptionsKept) _optionsOf.Clear();
        string canonical = _optionsOf.GetOrAdd((options, _schemas[place], partition.Rows), _ => Options.At(options).Canonical(partition.Rows, partition.Columns));
        return Digest.Of(FormattableString.Invariant(
            $"partition:{partition.Hash}\noptions:{canonical}\nseed:{Seeds[seed]}\nalgorithm:{AlgorithmVersion.Current}"));
    }

    /// <summary>The number of the job of a partition with an option set and a seed.</summary>
    /// <param name="partition">The place in <see cref="Partitions"/>.</param>
    /// <param name="options">The number of the option set.</param>
    /// <param name="seed">The place in <see cref="Seeds"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is none of these.</exception>
    public long NumberOf(int partition, int options, int seed)
    {
        RequireBelow(partition, Partitions.Count, nameof(partition));
        RequireBelow(options, Options.Count, nameof(options));
        RequireBelow(seed, Seeds.Count, nameof(seed));
        return ((((long)partition * Options.Count) + options) * Seeds.Count) + seed;
    }

    /// <summary>The plan as JSON in UTF-8; the same plan has the same bytes.</summary>
    public byte[] Write()
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("format", Format);
            json.WriteStartArray("schemas");
            foreach (IReadOnlyList<FeatureColumn> columns in _columns) ColumnsJson.Write(json, columns);
            json.WriteEndArray();
            json.WriteStartArray("partitions");
            for (int i = 0; i < Partitions.Count; i++)
            {
                Partition partition = Partitions[i];
                json.WriteStartObject();
                json.WriteString("name", partition.Name);
                json.WriteString("hash", partition.Hash);
                json.WriteNumber("rows", partition.Rows);
                json.WriteNumber("schema", _schemas[i]);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteStartObject("options");
            foreach ((string name, IReadOnlyList<string> values) in Options.Values)
            {
                json.WriteStartArray(name);
                foreach (string value in values) json.WriteStringValue(value);
                json.WriteEndArray();
            }

            json.WriteEndObject();
            json.WriteStartArray("seeds");
            foreach (ulong seed in Seeds) json.WriteNumberValue(seed);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return stream.ToArray();
    }

    /// <summary>Reads what <see cref="Write"/> wrote; nothing in it is trusted.</summary>
    /// <param name="content">The JSON.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="DataFormatException">It is no plan, or damaged, or of a newer version.</exception>
    public static FleetPlan Read(ReadOnlyMemory<byte> content, string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        try
        {
            using JsonDocument document = JsonDocument.Parse(content, new JsonDocumentOptions { MaxDepth = 8, AllowDuplicateProperties = false });
            JsonElement json = document.RootElement;
            string? format = json.GetProperty("format").GetString();
            if (format != Format) throw new FormatException($"it is of the format {ForeignText.Quote(format)}, and this version knows {Format}");
            FeatureColumn[][] schemas = [.. json.GetProperty("schemas").EnumerateArray().Select(ColumnsJson.Read)];
            Partition[] partitions = [.. json.GetProperty("partitions").EnumerateArray().Select(partition => new Partition(
                partition.GetProperty("name").GetString()!, partition.GetProperty("hash").GetString()!, partition.GetProperty("rows").GetInt32(),
                schemas[partition.GetProperty("schema").GetInt32()]))];
            var options = new OptionGrid([.. json.GetProperty("options").EnumerateObject().Select(option =>
                KeyValuePair.Create<string, IReadOnlyList<string>>(option.Name, [.. option.Value.EnumerateArray().Select(value => value.GetString()!)]))]);
            return new FleetPlan(partitions, options, [.. json.GetProperty("seeds").EnumerateArray().Select(seed => seed.GetUInt64())]);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or FormatException or InvalidOperationException or ArgumentException
            or OverflowException or IndexOutOfRangeException)
        {
            throw new DataFormatException(
                $"{ForeignText.Shorten(name, ForeignText.LongestFileName)}: this is no plan of a fleet, or it is damaged: "
                + $"{ForeignText.Shorten(e.Message, ForeignText.LongestReason)}. Plan the fleet again.", e);
        }
    }

    private static void RequireBelow(int value, int count, string parameter)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value, parameter);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(value, count, parameter);
    }

    private static void Check(Partition partition)
    {
        ArgumentNullException.ThrowIfNull(partition, "partitions");
        ArgumentNullException.ThrowIfNull(partition.Name, "partitions");
        Digest.Require(partition.Hash, "partitions");
        if (partition.Rows < 1 || partition.Columns is not { Count: > 0 } || partition.Columns.Any(column => column is not { Name: not null, Levels: not null }))
            throw new ArgumentException($"The partition {ForeignText.Quote(partition.Name)} has no rows or no columns.", nameof(partition));
    }

    private (int Partition, int Options, int Seed) Split(long number)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(number, Jobs);
        (long rest, long seed) = Math.DivRem(number, Seeds.Count);
        (long partition, long options) = Math.DivRem(rest, Options.Count);
        return ((int)partition, (int)options, (int)seed);
    }

    // Partitions of one source share their columns, mostly in one list.
    private int SchemaOf(IReadOnlyList<FeatureColumn> columns, Dictionary<string, int> known)
    {
        if (_columns.Count > 0 && ReferenceEquals(_columns[^1], columns)) return _columns.Count - 1;
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer)) ColumnsJson.Write(json, columns);
        string text = Digest.Of(buffer.WrittenSpan);
        if (known.TryGetValue(text, out int place)) return place;
        known[text] = _columns.Count;
        _columns.Add(columns);
        return _columns.Count - 1;
    }
}
