using System.Globalization;

namespace IadNative.Bench.Gpu;

/// <summary>The command line of the benchmark.</summary>
internal sealed record GpuOptions
{
    public const string Usage = """
        IadNative.Bench.Gpu [--only NAMES] [--replicas 1,5,10,50] [--sort 10,12,…,26] [--repetitions N] [--device I]
                            [--python PROGRAM] [--variants eager,compile,graph] [--seconds-limit N] [--out FILE] [--json FILE]
        IadNative.Bench.Gpu --show FILE [--out FILE]
        IadNative.Bench.Gpu device-choice [--only NAMES] [--repetitions N] [--page FILE]
        IadNative.Bench.Gpu predict [--only NAMES] [--replicas 1,50] [--sass CUOBJDUMP] [--page FILE]
          --only NAMES      these models alone, such as svdd,maf36; `sort` names the sort
          --replicas LIST   networks that train side by side; 1,5,10,50 unless given
          --sort LIST       lengths to sort, as powers of two; 10,12,…,26 unless given
          --repetitions N   of each measurement; 7 unless given
          --device I        the CUDA device; 0 unless given
          --python PROGRAM  afterwards run the same work in PyTorch, with this Python, on the same device
          --variants LIST   of PyTorch: eager, compile (torch.compile), graph (CUDA graphs); all unless given
          --seconds-limit N begin nothing more after so many seconds; what is left out is named
          --out FILE        write the tables as Markdown, after every measurement; to standard output at the end unless given
          --json FILE       write the results as JSON, after every measurement
          --show FILE       measure nothing, and write the tables of such a JSON file, also that of an interrupted run
        """;

    public IReadOnlyList<string> Only { get; init; } = [];

    public IReadOnlyList<int> Replicas { get; init; } = [1, 5, 10, 50];

    public IReadOnlyList<int> SortPowers { get; init; } = [10, 12, 14, 16, 18, 20, 22, 24, 26];

    public int Repetitions { get; init; } = 7;

    public int Device { get; init; }

    public string? Python { get; init; }

    /// <summary>Of <see cref="PyTorchPeers.Variants"/>.</summary>
    public IReadOnlyList<string> Variants { get; init; } = PyTorchPeers.Variants;

    /// <summary>Seconds after which nothing is begun; null for no limit.</summary>
    public double? SecondsLimit { get; init; }

    public string? Out { get; init; }

    public string? Json { get; init; }

    /// <summary>The file of results to show in place of measuring.</summary>
    public string? Show { get; init; }

    /// <summary>Seconds that a repetition takes at least.</summary>
    public double Seconds { get; init; } = 0.2;

    /// <summary>Seconds that PyTorch may take, once the time is used, for what it has begun.</summary>
    public double GraceSeconds { get; init; } = 10;

    /// <summary>What the limit goes by.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Whether something is to be measured.</summary>
    public bool Includes(string name) => Only.Count == 0 || Only.Contains(name);

    /// <exception cref="FormatException">The arguments are not those of <see cref="Usage"/>.</exception>
    public static GpuOptions Parse(ReadOnlySpan<string> args)
    {
        var options = new GpuOptions();
        for (int i = 0; i < args.Length; i += 2)
        {
            string name = args[i];
            if (i + 1 == args.Length) throw new FormatException($"{name} is no option, or lacks its value.");
            string value = args[i + 1];
            options = name switch
            {
                "--only" => options with { Only = [.. value.Split(',').Select(Known)] },
                "--replicas" => options with { Replicas = Numbers(value, 1, 65_535) },
                "--sort" => options with { SortPowers = Numbers(value, 0, 29) },
                "--repetitions" => options with { Repetitions = Number(value, 1, 1000) },
                "--device" => options with { Device = Number(value, 0, 1000) },
                "--python" => options with { Python = value },
                "--variants" => options with { Variants = [.. value.Split(',').Select(Variant).Distinct()] },
                "--seconds-limit" => options with { SecondsLimit = Number(value, 1, 1_000_000) },
                "--out" => options with { Out = value },
                "--json" => options with { Json = value },
                "--show" => options with { Show = value },
                _ => throw new FormatException($"There is no option {name}."),
            };
        }

        return options;
    }

    private static string Known(string name) => name == "sort" || GpuWorkloads.All.Any(workload => workload.Name == name)
        ? name
        : throw new FormatException(
            $"There is no {name} to measure. There are {string.Join(", ", GpuWorkloads.All.Select(workload => workload.Name))} and sort.");

    private static string Variant(string name) => PyTorchPeers.Variants.Contains(name)
        ? name
        : throw new FormatException($"PyTorch has no variant {name}. There are {string.Join(", ", PyTorchPeers.Variants)}.");

    private static int[] Numbers(string list, int least, int most) => [.. list.Split(',').Select(text => Number(text, least, most))];

    private static int Number(string text, int least, int most) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most
            ? number
            : throw new FormatException($"'{text}' is no number from {least} to {most}.");
}
