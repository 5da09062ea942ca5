using System.Globalization;
using IadNative.Fleet;
using IadNative.Messages;

namespace IadNative.Cli.Fleet;

/// <summary>The share of a plan that a process does: as it is told, or as the system that started it counts its processes.</summary>
internal static class ShardChoice
{
    /// <summary>The word for what the system says.</summary>
    public const string Automatic = "auto";

    // Where each names the share, counted from what; and the number of shares. Kubernetes knows the latter only where the job says it.
    private static readonly (string Index, string? First, string? Step, string Count)[] s_systems =
    [
        ("SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_STEP", "SLURM_ARRAY_TASK_COUNT"),
        ("JOB_COMPLETION_INDEX", null, null, "JOB_COMPLETION_COUNT"),
        ("AWS_BATCH_JOB_ARRAY_INDEX", null, null, "AWS_BATCH_JOB_ARRAY_SIZE"),
        ("CLOUD_RUN_TASK_INDEX", null, null, "CLOUD_RUN_TASK_COUNT"),
    ];

    /// <summary>Reads <c>i/n</c> or <c>auto</c>; null is the whole plan.</summary>
    /// <param name="text">What was asked for.</param>
    /// <param name="variable">A variable of the environment; null where it is not set.</param>
    /// <exception cref="BadInputException">It is no share, or the environment does not say which.</exception>
    public static Shard Parse(string? text, Func<string, string?> variable)
    {
        if (text is null) return Shard.Whole;
        if (text != Automatic)
        {
            string[] parts = text.Split('/');
            return parts.Length == 2 && Number(parts[0]) is { } index && Number(parts[1]) is { } count
                ? Of(index, count, $"--shard {ForeignText.Quote(text)}")
                : throw new BadInputException($"--shard: {ForeignText.Quote(text)} is no share; give i/n, such as 0/8 to 7/8, or auto.");
        }

        foreach ((string name, string? first, string? step, string count) in s_systems)
        {
            if (variable(name) is not { } own) continue;
            int start = first is null ? 0 : Value(first, variable) ?? 0, by = step is null ? 1 : Math.Max(1, Value(step, variable) ?? 1);
            int all = Value(count, variable) ?? throw new BadInputException(
                $"--shard auto: {name} is {ForeignText.Quote(own)}, but {count} is not set, which says of how many. Set it, or give i/n.");
            int index = Value(name, variable)! .Value;
            if ((index - start) % by != 0) throw new BadInputException($"--shard auto: {name} is no step from {first}. Number the array without gaps, or give i/n.");
            return Of((index - start) / by, all, $"--shard auto: {name} and {count}");
        }

        throw new BadInputException($"--shard auto: none of {string.Join(", ", s_systems.Select(system => system.Index))} is set. Give i/n, such as 0/8.");
    }

    private static Shard Of(int index, int count, string what) => count >= 1 && index >= 0 && index < count
        ? new Shard(index, count)
        : throw new BadInputException($"{what}: there is no share {index} of {count}; they are counted from 0, without gaps.");

    private static int? Value(string name, Func<string, string?> variable) => variable(name) is not { } text ? null
        : Number(text) ?? throw new BadInputException($"--shard auto: {name} is {ForeignText.Quote(text)}, which is no whole number.");

    private static int? Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : null;
}
