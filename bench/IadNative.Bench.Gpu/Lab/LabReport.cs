using System.Globalization;
using System.Text;
using System.Text.Json;

namespace IadNative.Bench.Gpu.Lab;

/// <summary>What the lab has found so far; its tables, as Markdown.</summary>
/// <param name="Machine">Device, driver, versions, clocks, line by line; empty without a GPU.</param>
/// <param name="Environment">Variables that change what is measured, line by line; see <see cref="ArithmeticVariables"/>.</param>
/// <param name="Command">How it was run.</param>
/// <param name="Codes">What the code of the rungs tells.</param>
/// <param name="Steps">What was timed.</param>
/// <param name="Phases">What the phases of a step take.</param>
/// <param name="Peers">PyTorch's side; null for none.</param>
/// <param name="Failures">What could not be found out, and why.</param>
/// <param name="Missing">Names of what is not measured yet, or was left out for want of time.</param>
internal sealed record LabReport(
    IReadOnlyList<string> Machine, IReadOnlyList<string> Environment, string Command, IReadOnlyList<LabCode> Codes,
    IReadOnlyList<LabStep> Steps, IReadOnlyList<LabPhases> Phases, PyTorchPeers? Peers, IReadOnlyList<string> Failures,
    IReadOnlyList<string> Missing)
{
    /// <summary>Whether it tells nothing.</summary>
    public bool IsEmpty => Codes.Count == 0 && Steps.Count == 0 && Phases.Count == 0;

    /// <summary>The results in a file, those of a whole run or of one that was interrupted.</summary>
    /// <exception cref="JsonException">It holds something else.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static LabReport Read(string path) =>
        JsonSerializer.Deserialize(File.ReadAllText(path), GpuJson.Default.LabReport) ?? throw new JsonException($"{path} holds no results.");

    public override string ToString()
    {
        var text = new StringBuilder("# The lab: one training step, cut into fewer and fewer launches\n\n");
        foreach (string line in Machine) text.Append(CultureInfo.InvariantCulture, $"- {line}\n");
        if (Peers is not null) text.Append(CultureInfo.InvariantCulture, $"- {Peers.Versions}\n");
        text.Append(CultureInfo.InvariantCulture, $"- `{Command}`\n");
        if (Environment.Count == 0) text.Append("- no environment variable is set that changes arithmetic or times\n");
        foreach (string variable in Environment) text.Append(CultureInfo.InvariantCulture, $"- **environment: {variable}**\n");
        foreach (string failure in Failures) text.Append(CultureInfo.InvariantCulture, $"- not measured: {failure}\n");
        foreach (string name in Missing) text.Append(CultureInfo.InvariantCulture, $"- left out: {name}\n");
        foreach (string name in Peers?.Missing ?? []) text.Append(CultureInfo.InvariantCulture, $"- left out: PyTorch, {name}\n");
        if (Codes.Count > 0) AddCodes(text);
        if (Steps.Count > 0) AddSteps(text);
        if (Phases.Count > 0) AddPhases(text);
        if (Peers is { Steps.Count: > 0 }) AddPeers(text, Peers);
        return text.ToString();
    }

    private void AddCodes(StringBuilder text)
    {
        text.Append(CultureInfo.InvariantCulture, $"\n## Code\n\nA step of one network, as {Codes[0].Compiler} compiles it.\n");
        text.Append(
            """
            Nodes are launches and products, without the shuffle; in a row are those that wait for one another; registers of a thread and shared memory of a block are those of the kernel
            that takes most. The next three are of a warp that passes everywhere, loops multiplied out; a load from shared memory takes a cycle
            for 128 bytes, whether or not lanes read the same. Predicted are the cycles of a block alone: the largest of multiply-adds / 128,
            instructions / 4 and shared memory over all its warps, and 40 for a barrier; what waits for memory or for a result is not in it.
            A barrier of a cluster, which stands behind a plus, is taken for 200; that is assumed, not measured. Loads from another block's shared
            memory are counted like those from a block's own, which flatters clusters.
            Where products are cuBLAS's there is no code to count.

            | model | rung | nodes | in a row | registers | shared KiB | barriers | FFMA | instructions | shared cycles | predicted cycles |
            |---|---|---|---|---|---|---|---|---|---|---|

            """.ReplaceLineEndings("\n"));
        foreach (LabCode code in Codes)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {code.Workload.Title} | {LabRungs.Title(code.Rung)} | {code.Nodes:0.##} | {code.Chain:0.##} | {code.Registers} | {code.SharedBytes / 1024.0:0.0} | {Barriers(code)} | {code.Warp?.Ffma:0} | {code.Warp?.Instructions:0} | {code.Warp?.SharedCycles:0} | {code.Cycles:0} |\n");
        }

        string[] unknown = [.. Codes.Where(code => code.Warp?.UnknownLoops > 0).Select(code =>
            $"- {code.Workload.Title}, {LabRungs.Title(code.Rung)}: {code.Warp!.UnknownLoops} loops whose rounds the code does not tell are counted once")];
        if (unknown.Length > 0) text.Append(CultureInfo.InvariantCulture, $"\n{string.Join('\n', unknown)}\n");
    }

    private void AddSteps(StringBuilder text)
    {
        LabRung[] rungs = [.. Steps.Select(step => step.Rung).Distinct().Order()];
        text.Append(
            """

            ## Time

            Microseconds of a step of all R networks together, medians. A step's share of the shuffle is counted in, and the last, smaller batch of
            an epoch is a step.


            """.ReplaceLineEndings("\n"));
        text.Append(CultureInfo.InvariantCulture, $"| model | R | {string.Join(" | ", rungs.Select(LabRungs.Title))} | first / last |\n");
        text.Append(CultureInfo.InvariantCulture, $"|---|---|{string.Concat(Enumerable.Repeat("---|", rungs.Length))}---|\n");
        foreach ((GpuWorkload workload, int replicas) in Steps.Select(step => (step.Workload, step.Replicas)).Distinct())
        {
            double?[] seconds = [.. rungs.Select(rung => SecondsOf(workload, rung, replicas))];
            double? ratio = seconds[0] / seconds[^1];
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {workload.Title} | {replicas} | {string.Join(" | ", seconds.Select(Micro))} | {ratio:0.0} |\n");
        }
    }

    private void AddPhases(StringBuilder text)
    {
        text.Append(
            """

            ## Phases

            Cycles of the phases of a step on rung 4 of one network alone, by the clock of its multiprocessor: medians over the steps of an epoch.
            A mark costs some itself, and keeps work from moving across it.

            """.ReplaceLineEndings("\n"));
        foreach (LabPhases taken in Phases)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n| {taken.Workload.Title} | cycles |\n|---|---|\n");
            foreach (LabPhase phase in taken.Phases) text.Append(CultureInfo.InvariantCulture, $"| {phase.Name} | {phase.Cycles} |\n");
            text.Append(CultureInfo.InvariantCulture, $"| all | {taken.Phases.Sum(phase => phase.Cycles)} |\n");
        }
    }

    private void AddPeers(StringBuilder text, PyTorchPeers peers)
    {
        (string Modules, string Variant)[] ways =
            [.. from modules in PyTorchPeers.Modules from variant in PyTorchPeers.Variants select (modules, variant)];
        text.Append("\n## PyTorch\n\nMicroseconds of the same step without shuffle, on full batches, beside rung 4.\n\n");
        text.Append(CultureInfo.InvariantCulture, $"| model | R | ours | {string.Join(" | ", ways.Select(way => $"{way.Modules} {way.Variant}"))} |\n");
        text.Append(CultureInfo.InvariantCulture, $"|---|---|---|{string.Concat(Enumerable.Repeat("---|", ways.Length))}\n");
        foreach ((string name, int replicas) in peers.Steps.Select(step => (step.Name, step.Replicas)).Distinct())
        {
            if (LabOptions.Workloads.FirstOrDefault(workload => workload.Name == name) is not { } workload) continue;
            IEnumerable<string> cells = ways.Select(way => Micro(peers.Steps.FirstOrDefault(step =>
                (step.Name, step.Replicas, step.Modules, step.Variant) == (name, replicas, way.Modules, way.Variant))?.Seconds));
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {workload.Title} | {replicas} | {Micro(SecondsOf(workload, LabRung.Epoch, replicas))} | {string.Join(" | ", cells)} |\n");
        }

        foreach (PyTorchPeers.Step failed in peers.Steps.Where(peer => peer.Error is not null))
            text.Append(CultureInfo.InvariantCulture, $"\n- {failed.Name}, {failed.Variant}, {failed.Modules}, R = {failed.Replicas}: {failed.Error}\n");
    }

    private static string Barriers(LabCode code) => string.Create(
        CultureInfo.InvariantCulture, $"{code.Barriers:0.#}{(code.Warp is { ClusterBarriers: > 0 } warp ? $" + {warp.ClusterBarriers:0.#}" : "")}");

    private double? SecondsOf(GpuWorkload workload, LabRung rung, int replicas) =>
        Steps.FirstOrDefault(step => (step.Workload, step.Rung, step.Replicas) == (workload, rung, replicas))?.Seconds;

    private static string Micro(double? seconds) => seconds is { } value ? (value * 1e6).ToString("F1", CultureInfo.InvariantCulture) : "";
}
