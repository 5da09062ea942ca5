using IadNative.Cuda.Fusion;

namespace IadNative.Bench.Gpu.Lab;

/// <summary>The command line of the lab.</summary>
/// <param name="Gpu">What it shares with the benchmark.</param>
/// <param name="Rungs">The rungs.</param>
/// <param name="Sass">The program cuobjdump; null for the one on the PATH, if there is one.</param>
internal sealed record LabOptions(GpuOptions Gpu, IReadOnlyList<LabRung> Rungs, string? Sass)
{
    public const string Usage = """
        IadNative.Bench.Gpu lab [--only NAMES] [--rungs 0,1,…] [--replicas 1,10,50,132,264] [--repetitions N] [--device I]
                                [--sass CUOBJDUMP] [--python PROGRAM] [--variants eager,compile,graph]
                                [--seconds-limit N] [--out FILE] [--json FILE]
        IadNative.Bench.Gpu lab --show FILE [--out FILE]
          --only NAMES      these of svdd, svdd-soft, ae, maf36
          --rungs LIST      0 plain launches, 1 graphs, 1b graphs whose launches overlap, 2 a kernel per layer (not of maf36),
                            3 one per step, 4 one per epoch, 5 one by clusters (not of maf36); all unless given
          --replicas LIST   networks that train side by side
          --sass CUOBJDUMP  the program that reads machine code; the one on the PATH unless given. Without one, code is not counted
          the others        as without `lab`. Without a GPU nothing is timed, and the code is counted that it would run
        """;

    /// <summary>The models of which an epoch can be one kernel.</summary>
    public static IReadOnlyList<GpuWorkload> Workloads { get; } =
    [
        .. GpuWorkloads.All.Where(workload => DenseChain.In(workload.Plan) is not null
            || (MaskedFlow.In(workload.Plan) is not null && workload.Features <= BlockShape.MostOutputs)),
    ];

    /// <exception cref="FormatException">The arguments are not those of <see cref="Usage"/>.</exception>
    public static LabOptions Parse(ReadOnlySpan<string> args)
    {
        IReadOnlyList<LabRung> rungs = LabRungs.All;
        string? sass = null;
        List<string> others = ["--replicas", "1,10,50,132,264"];
        for (int i = 0; i < args.Length; i += 2)
        {
            if (args[i] is not ("--rungs" or "--sass"))
            {
                others.AddRange(args[i..Math.Min(i + 2, args.Length)]);
                continue;
            }

            if (i + 1 == args.Length) throw new FormatException($"{args[i]} lacks its value.");
            if (args[i] == "--sass") sass = args[i + 1];
            else rungs = [.. args[i + 1].Split(',').Select(Rung).Distinct().Order()];
        }

        GpuOptions gpu = GpuOptions.Parse([.. others]);
        return gpu.Only.FirstOrDefault(name => Workloads.All(workload => workload.Name != name)) is { } unknown
            ? throw new FormatException($"There is no {unknown} in the lab. There are {string.Join(", ", Workloads.Select(workload => workload.Name))}.")
            : new LabOptions(gpu, rungs, sass);
    }

    private static LabRung Rung(string text)
    {
        foreach (LabRung rung in LabRungs.All)
        {
            if (LabRungs.Number(rung) == text) return rung;
        }

        throw new FormatException($"'{text}' is no rung. There are {string.Join(", ", LabRungs.All.Select(LabRungs.Title))}.");
    }
}
