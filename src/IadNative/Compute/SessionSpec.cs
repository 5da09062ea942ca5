using IadNative.Data;
using IadNative.Random;

namespace IadNative.Compute;

/// <summary>One network of a session.</summary>
/// <param name="Key">Seed of its run.</param>
/// <param name="Member">Its number within the run.</param>
/// <param name="Rows">The rows of the data that it trains on.</param>
/// <param name="Columns">
/// The places in a row of the features that it sees, in its order, as many for every replica of a session; null for all.
/// </param>
internal sealed record ReplicaSpec(ulong Key, int Member, int[] Rows, int[]? Columns = null);

/// <summary>What a device needs to know to run a plan: the data, who trains on it, and how.</summary>
internal sealed record SessionSpec
{
    /// <summary>n × D raw features, row-major, shared by all replicas.</summary>
    public required Numbers<float> Data { get; init; }

    /// <summary>Scales the D features of a row on their way into the network.</summary>
    public required FeatureScaler Scaler { get; init; }

    /// <summary>The networks that train side by side, all on equally many rows.</summary>
    public required IReadOnlyList<ReplicaSpec> Replicas { get; init; }

    /// <summary>Samples per step.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Adam's step size.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Coupled L2 weight decay.</summary>
    public double WeightDecay { get; init; }

    /// <summary>Which random numbers order the samples of an epoch.</summary>
    public RandomPurpose Shuffle { get; init; } = RandomPurpose.Shuffle;

    /// <summary>D: numbers of a row of the data.</summary>
    public int Width => Scaler.Offset.Length;

    /// <summary>n: rows of the data.</summary>
    public int Samples => (int)(Data.Length / Width);

    /// <summary>Rows whose numbers are counted in 32 bits with room to spare.</summary>
    public int RowsAtOnce
    {
        get => field > 0 ? field : Math.Max(1, (1 << 28) / Width);
        init;
    }

    /// <summary>Rows of the data that follow each other.</summary>
    public ReadOnlySpan<float> RowsFrom(int first, int count) => Data.Slice((long)first * Width, count * Width);

    /// <summary>Whether each replica sees columns of its own.</summary>
    public bool HasColumns => Replicas[0].Columns is not null;

    /// <summary>How a replica sees the data.</summary>
    public FeatureView ViewOf(ReplicaSpec replica) =>
        new(Width, replica.Columns, replica.Columns is { } columns ? Scaler.Of(columns) : Scaler);

    /// <summary>
    /// Checks that all that a device will address is there: whole rows of data, replicas on equally many of them and none that the data
    /// lack, as many features as a plan has, a batch. Engines compute on pointers and trust what has passed. Once a session.
    /// </summary>
    /// <exception cref="ArgumentException">Something does not fit.</exception>
    public void Validate(Plan plan)
    {
        if (Width == 0 || Data.Length == 0 || Data.Length % Width != 0) throw Bad($"{Data.Length} numbers are no rows of {Width}");
        if (Replicas.Count == 0) throw Bad("there is no network");
        if (BatchSize < 1) throw Bad($"batches have {BatchSize} rows");
        foreach (ReplicaSpec replica in Replicas)
        {
            if (replica.Rows.Length == 0 || replica.Rows.Length != Replicas[0].Rows.Length)
                throw Bad($"network {replica.Member} trains on {replica.Rows.Length} rows, another on {Replicas[0].Rows.Length}");
            int row = replica.Rows.AsSpan().IndexOfAnyExceptInRange(0, Samples - 1);
            if (row >= 0) throw Bad($"network {replica.Member} trains on row {replica.Rows[row]} of {Samples}");
            if ((replica.Columns is not null) != HasColumns || (replica.Columns?.Length ?? Width) != plan.Features
                || (replica.Columns is { } columns && columns.AsSpan().ContainsAnyExceptInRange(0, Width - 1)))
            {
                throw Bad($"network {replica.Member} sees columns [{string.Join(", ", replica.Columns ?? [])}] of {Width}, and its plan has "
                    + $"{plan.Features} features");
            }
        }

        static ArgumentException Bad(string problem) => new($"A session cannot be made: {problem}.", nameof(plan));
    }
}

/// <summary>A stretch of epochs within a round.</summary>
/// <param name="Round">The round, for the shuffles.</param>
/// <param name="First">First epoch.</param>
/// <param name="Count">Epochs to train.</param>
internal readonly record struct EpochRange(int Round, int First, int Count);

/// <summary>How a replica's training went.</summary>
/// <param name="Loss">Mean weighted loss per sample over the last finished epoch.</param>
/// <param name="FailedEpoch">The epoch whose loss was not finite, where training stopped; null when all went well.</param>
internal readonly record struct TrainingOutcome(double Loss, int? FailedEpoch);
