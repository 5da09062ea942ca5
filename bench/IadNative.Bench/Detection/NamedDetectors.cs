using IadNative.Detectors;

namespace IadNative.Bench.Detection;

/// <summary>The detectors that are measured.</summary>
internal static class NamedDetectors
{
    /// <summary>How each is fitted; the seed is set by whoever fits.</summary>
    public static IReadOnlyDictionary<string, FitOptions> All { get; } = new Dictionary<string, FitOptions>
    {
        ["auto"] = new(),
        ["gaussian"] = new() { Model = BaseModel.Gaussian },
        ["svdd"] = new() { Model = BaseModel.OneClassSvdd },
        ["svdd-soft"] = new() { Model = BaseModel.SoftBoundarySvdd },
        ["ae"] = new() { Model = BaseModel.Autoencoder },
        ["maf"] = new() { Model = BaseModel.MaskedAutoregressiveFlow },
    };

    /// <summary>One of them with a seed.</summary>
    /// <exception cref="FormatException">There is none of that name.</exception>
    public static FitOptions Find(string name, ulong seed, int threads) => All.TryGetValue(name, out FitOptions? options)
        ? options with { Training = options.Training with { Seed = seed }, Threads = threads }
        : throw new FormatException($"There is no detector {name}. There are {string.Join(", ", All.Keys)}.");

    /// <summary>The same with another number of members; families keep their proportions, and at least one member each.</summary>
    /// <param name="options">The detector.</param>
    /// <param name="members">About how many members there are to be; a family of one, such as a Gaussian, stays one.</param>
    public static FitOptions WithMembers(FitOptions options, int members)
    {
        if (options is { Model: AutomaticCommittee, Families.Count: 0 }) options = Expanded(options);
        if (options.Families.Count == 0) return options with { Training = options.Training with { Ensemble = members } };
        double factor = (double)members / options.Families.Sum(family => family.Count);
        return options with
        {
            Families =
            [
                .. options.Families.Select(family => family.Count == 1
                    ? family
                    : family with { Count = Math.Max(1, (int)Math.Round(factor * family.Count)) }),
            ],
        };
    }

    // The default as families that can be told another number.
    private static FitOptions Expanded(FitOptions options) => options with
    {
        MemberScale = MemberScale.Quartiles,
        Families = AutomaticFamilies.ForTables(features: 1),
        Training = options.Training with
        {
            Rounds = options.Model.DefaultRounds!.Value,
            InverseTau = options.Model.DefaultInverseTau,
            Termination = TerminationCriterion.Last,
        },
    };
}
