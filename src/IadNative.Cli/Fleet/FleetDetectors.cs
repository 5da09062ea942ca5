using IadNative.Data;
using IadNative.Data.Reading;
using IadNative.Detectors;
using IadNative.Fleet;

namespace IadNative.Cli.Fleet;

/// <summary>
/// Detectors of a fleet that score: read when rows of their part come first, and kept while there is room; those that were wanted last stay. Safe
/// for concurrent use.
/// </summary>
/// <param name="results">Where they are.</param>
/// <param name="choice">Which of them score.</param>
/// <param name="reader">The rows.</param>
/// <param name="missing">What is done about missing cells, as the command line says it.</param>
internal sealed class FleetDetectors(IJobStore results, FleetScoreCommand.Choice choice, TableReader reader, string missing)
{
    // What a part takes beside its model: its name, its place in the order, where its columns are; and levels of a column of categories.
    private const int PartBytes = 1024, LevelsBytes = 48 * RowMatch.MostKnown;

    private readonly ScoringPool _pool = new();
    private readonly Dictionary<string, int> _places = PlacesOf(choice.Plan);
    private readonly Dictionary<string, LinkedListNode<(string Part, FleetDetector Detector)>> _kept = [];
    private readonly LinkedList<(string Part, FleetDetector Detector)> _byUse = [];
    private readonly Lock _gate = new();
    private long _bytes;

    /// <summary>What those that are kept may take, in bytes of their models, which are about those of memory: 256 MiB unless it is set.</summary>
    public long MostBytes { get; init; } = 1L << 28;

    /// <summary>How many parts are kept.</summary>
    public int Kept
    {
        get
        {
            lock (_gate) return _kept.Count;
        }
    }

    /// <summary>What scores the rows of a part.</summary>
    /// <param name="part">Its name.</param>
    /// <param name="given">The columns of the rows.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="BadInputException">The data lack a column of the detector, or it cannot do with missing cells what is asked for.</exception>
    /// <exception cref="ModelFormatException">The detector is damaged.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public FleetDetector Of(string part, IReadOnlyList<FeatureColumn> given, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_kept.TryGetValue(part, out LinkedListNode<(string Part, FleetDetector Detector)>? known))
            {
                _byUse.Remove(known);
                _byUse.AddLast(known);
                return known.Value.Detector;
            }
        }

        FleetDetector read = Read(part, given, cancellationToken);
        lock (_gate)
        {
            // Another thread may have read it, too.
            if (!_kept.TryAdd(part, new((part, read)))) return read;
            _byUse.AddLast(_kept[part]);
            for (_bytes += BytesOf(read); _bytes > MostBytes; _byUse.RemoveFirst())
            {
                (string oldest, FleetDetector detector) = _byUse.First!.Value;
                _kept.Remove(oldest);
                _bytes -= BytesOf(detector);
            }
        }

        return read;
    }

    private static long BytesOf(FleetDetector detector) =>
        detector.ModelBytes + PartBytes + ((long)LevelsBytes * (detector.Detector?.Columns.Count(column => column.Kind == FeatureKind.Category) ?? 0));

    private static Dictionary<string, int> PlacesOf(FleetPlan plan)
    {
        var places = new Dictionary<string, int>();
        for (int i = 0; i < plan.Partitions.Count; i++) places[plan.Partitions[i].Name] = i;
        return places;
    }

    private FleetDetector Read(string part, IReadOnlyList<FeatureColumn> given, CancellationToken cancellationToken)
    {
        if (!_places.TryGetValue(part, out int place)) return FleetDetector.None("the fleet does not know the part");
        string key = choice.Plan.KeyOf(choice.Plan.NumberOf(place, choice.OptionSet, choice.Seed));
        JobResult? result = FleetPlace.Wait(results.FindAsync(key, cancellationToken));
        if (result?.Detector is not { } fitted) return FleetDetector.None(result is null ? "the fit is missing" : "the fit failed");
        using var stream = new MemoryStream(fitted.Model.ToArray(), writable: false);
        AnomalyDetector whole = ModelData.WithMissing(AnomalyDetector.Load(stream, part), missing);
        ScoringDetector detector = _pool.Add(whole);
        try
        {
            return new FleetDetector(detector, new RowMatch(reader.Name, given, reader.AreFeaturesNamed, whole, detector.Columns), null, fitted.Model.Length);
        }
        catch (ArgumentException exception)
        {
            throw new BadInputException($"the part '{part}': {ErrorReporting.MessageOf(exception)}");
        }
    }
}

/// <summary>What scores the rows of a part, or why nothing does.</summary>
/// <param name="Detector">The detector; null where there is none.</param>
/// <param name="Match">Brings rows into its columns; null where there is none.</param>
/// <param name="Reason">Why there is none; null where there is one.</param>
/// <param name="ModelBytes">Bytes of its model.</param>
internal sealed record FleetDetector(ScoringDetector? Detector, RowMatch? Match, string? Reason, long ModelBytes)
{
    /// <summary>That there is none.</summary>
    public static FleetDetector None(string reason) => new(null, null, reason, 0);
}
