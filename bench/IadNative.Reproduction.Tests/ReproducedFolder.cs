using IadNative.Tests.Cli;


namespace IadNative.Reproduction.Tests;

/// <summary>What the command makes of small stand-ins for the data, run once for all tests that look at its files.</summary>
internal static class ReproducedFolder
{
    private static readonly Lazy<OddsFolder> s_folder = new(Run);

    /// <summary>The experiments that ran, by the names of their files, with the pictures that each draws.</summary>
    public static IReadOnlyList<(string Name, int Pictures)> Experiments { get; } =
        [("table2", 2), ("figure3", 2), ("figure4", 3), ("figure5", 8), ("figure6", 2), ("grid-svdd", 0), ("table6", 2)];

    /// <summary>A file that the command wrote.</summary>
    public static string File(string name) => Path.Combine(s_folder.Value.Out(), name);

    /// <summary>Deletes what there is.</summary>
    public static void Delete()
    {
        if (s_folder.IsValueCreated) s_folder.Value.Dispose();
    }

    private static OddsFolder Run()
    {
        var folder = new OddsFolder("satellite", "arrhythmia", "cardio");
        string[][] runs =
        [
            ["table2", "--datasets", "satellite,cardio", "--models", "svdd,ae", "--seeds", "2"],
            ["figure3", "--models", "svdd,ae", "--seeds", "2"],
            ["figure4", "--datasets", "satellite,cardio", "--models", "svdd,ae", "--seeds", "2"],
            ["figure5"],
            ["figure6", "--datasets", "satellite", "--models", "svdd,ae", "--seeds", "2"],
            ["table6", "--datasets", "satellite,cardio", "--models", "drae,ae", "--seeds", "2"],
            ["grid", "--datasets", "cardio", "--models", "svdd", "--seeds", "1"],
        ];
        foreach (string[] args in runs)
        {
            CliRun run = ReproductionRun.Of([.. args, "--data", folder.Data, "--out", folder.Out(), "--device", "cpu"]);
            Assert.That(run.Code, Is.EqualTo(ExitCodes.Success), $"{args[0]}: {run.Err}");
        }

        return folder;
    }
}
