using System.Globalization;

namespace IadNative.Bench.Versus;

/// <summary>The command line of <c>versus</c>.</summary>
internal sealed record VersusOptions
{
    private const int PublishedRepetitions = 7;

    public const string Usage = """
        versus [--quick] [--only NAMES] [--threads 1,2] [--repetitions N] [--json FILE]
          --quick          the small models, in under three minutes; leaves the published results alone
          --only NAMES     these rows alone, such as step-svdd,row-maf; leaves the published results alone
          --threads LIST   how many threads each side may use; 1,2 unless given, 1 with --quick
          --repetitions N  of each side, in turn; 7 unless given
          --json FILE      also write the rows as JSON
        A run of all rows on 1 and 2 threads with at least 7 repetitions writes bench/results/cpu-YEAR-MONTH.md.
        """;

    public bool Quick { get; init; }

    public IReadOnlyList<string> Only { get; init; } = [];

    public IReadOnlyList<int> Threads { get; init; } = [];

    public int Repetitions { get; init; } = PublishedRepetitions;

    public string? Json { get; init; }

    /// <summary>Whether the run measures every row.</summary>
    public bool IsFull => !Quick && Only.Count == 0;

    /// <summary>Whether its results are published.</summary>
    public bool IsPublished =>
        IsFull && Threads.Contains(1) && Threads.Contains(2) && Repetitions >= PublishedRepetitions;

    /// <summary>Seconds that one repetition of one side is to take, where the work can be cut up.</summary>
    public double Seconds => Quick ? 0.1 : 0.3;

    /// <summary>Seconds, at least, that each side runs before it is timed.</summary>
    public double WarmUpSeconds => Quick ? 0.5 : 1;

    /// <exception cref="FormatException">The arguments are not those of <see cref="Usage"/>.</exception>
    public static VersusOptions Parse(ReadOnlySpan<string> args)
    {
        var options = new VersusOptions();
        for (int i = 0; i < args.Length; i++)
        {
            string name = args[i];
            if (name == "--quick")
            {
                options = options with { Quick = true };
                continue;
            }

            if (++i == args.Length) throw new FormatException($"{name} is no option, or lacks its value.");
            options = name switch
            {
                "--only" => options with { Only = args[i].Split(',') },
                "--threads" => options with { Threads = [.. args[i].Split(',').Select(Number)] },
                "--repetitions" => options with { Repetitions = Number(args[i]) },
                "--json" => options with { Json = args[i] },
                _ => throw new FormatException($"There is no option {name}."),
            };
        }

        string[] rows = [.. Workloads.All.Select(workload => workload.Name), ColdStart.Name];
        foreach (string name in options.Only.Except(rows))
            throw new FormatException($"There is no row {name}. The rows are {string.Join(", ", rows)}.");

        return options.Threads.Count > 0 ? options : options with { Threads = options.Quick ? [1] : [1, 2] };
    }

    private static int Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0
            ? number
            : throw new FormatException($"'{text}' is no number above zero.");
}
