using System.Globalization;
using System.Text;
using System.Text.Json;

namespace IadNative.Bench.Gpu;

/// <summary>What a run measured, or has measured so far; its tables, as Markdown.</summary>
/// <param name="Machine">Device, driver, versions, clocks, line by line.</param>
/// <param name="Environment">Variables that change what is measured, line by line; see <see cref="ArithmeticVariables"/>.</param>
/// <param name="Command">How it was run.</param>
/// <param name="Steps">Training, model after model, R ascending.</param>
/// <param name="Sorts">Sorting, n ascending.</param>
/// <param name="Bandwidth">Bytes per second that the device copies; null where nothing was sorted.</param>
/// <param name="Peers">PyTorch's side; null for none.</param>
/// <param name="Failures">What could not be measured, and why.</param>
/// <param name="Missing">Names of what is not measured yet, or was left out for want of time.</param>
internal sealed record GpuReport(
    IReadOnlyList<string> Machine, IReadOnlyList<string> Environment, string Command, IReadOnlyList<TrainingMeasurement> Steps,
    IReadOnlyList<SortMeasurement> Sorts, double? Bandwidth, PyTorchPeers? Peers, IReadOnlyList<string> Failures,
    IReadOnlyList<string> Missing)
{
    /// <summary>Whether nothing of this engine was measured.</summary>
    public bool IsEmpty => Steps.Count == 0 && Sorts.Count == 0;

    /// <summary>The results in a file, those of a whole run or of one that was interrupted.</summary>
    /// <exception cref="JsonException">It holds something else.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static GpuReport Read(string path) =>
        JsonSerializer.Deserialize(File.ReadAllText(path), GpuJson.Default.GpuReport) ?? throw new JsonException($"{path} holds no results.");

    public override string ToString()
    {
        var text = new StringBuilder("# The CUDA engine\n\n");
        foreach (string line in Machine) text.Append(CultureInfo.InvariantCulture, $"- {line}\n");
        if (Peers is not null) text.Append(CultureInfo.InvariantCulture, $"- {Peers.Versions}\n");
        text.Append(CultureInfo.InvariantCulture, $"- `{Command}`\n");
        if (Environment.Count == 0) text.Append("- no environment variable is set that changes arithmetic or times\n");
        foreach (string variable in Environment) text.Append(CultureInfo.InvariantCulture, $"- **environment: {variable}**\n");
        foreach (string failure in Failures) text.Append(CultureInfo.InvariantCulture, $"- not measured: {failure}\n");
        foreach (string name in Missing) text.Append(CultureInfo.InvariantCulture, $"- left out: {name}\n");
        foreach (string name in Peers?.Missing ?? []) text.Append(CultureInfo.InvariantCulture, $"- left out: PyTorch, {name}\n");
        if (Steps.Count > 0) AddSteps(text);
        if (Peers is not null) AddPeers(text, Peers);
        if (Sorts.Count > 0 || Peers?.Sorts.Count > 0) AddSorts(text);
        return text.ToString();
    }

    private void AddSteps(StringBuilder text)
    {
        text.Append(
            """

            ## Training

            Microseconds of a step of all R networks together, in fused epochs, replayed from graphs and launched call by call, and of the
            work between two rounds; medians. A step's share of the shuffle is counted in, and the last, smaller batch of an epoch is a step.

            | model | R | step, fused | step, graphs | step, plain | graphs / fused | plain / graphs | step per network | R networks / one | round |

            """.ReplaceLineEndings("\n"));
        text.Append("|---|---|---|---|---|---|---|---|---|---|\n");
        foreach (TrainingMeasurement step in Steps)
        {
            TrainingMeasurement? one = Steps.FirstOrDefault(other => other.Workload == step.Workload && other.Replicas == 1);
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {step.Workload.Title} | {step.Replicas} | {Micro(step.FusedStep)} | {Micro(step.GraphStep)} | {Micro(step.PlainStep)} | {Ratio(step.GraphStep / step.FusedStep)} | {Ratio(step.PlainStep / step.GraphStep)} | {Micro(step.Step / step.Replicas)} | {Ratio(step.Step / one?.Step)} | {Micro(step.Round)} |\n");
        }
    }

    private void AddPeers(StringBuilder text, PyTorchPeers peers)
    {
        (GpuWorkload Workload, int Replicas, TrainingMeasurement? Ours)[] rows = Rows(peers);
        if (rows.Length == 0) return;
        text.Append(
            """

            ## Training beside PyTorch

            Microseconds of a step, and in brackets the kernels, copies and fills that PyTorch's profiler counts in it. PyTorch trains
            without shuffle, on full batches: *sequential* are R modules one after the other, *batched* is one call of torch.func.vmap on
            stacked parameters. *eager / ours* divides the time of sequential modules by ours, *best / ours* the shortest of
            PyTorch's times.

            """.ReplaceLineEndings("\n"));
        (string Modules, string Variant)[] ways =
            [.. from modules in PyTorchPeers.Modules from variant in PyTorchPeers.Variants select (modules, variant)];
        text.Append(
            CultureInfo.InvariantCulture,
            $"\n| model | R | our step | {string.Join(" | ", ways.Select(way => $"{way.Modules} {way.Variant}"))} | eager / ours | best / ours |\n");
        text.Append("|---|---|---|---|---|---|---|---|---|---|---|\n");
        foreach ((GpuWorkload workload, int replicas, TrainingMeasurement? ours) in rows)
        {
            PyTorchPeers.Step?[] steps = [.. ways.Select(way => peers.Steps.FirstOrDefault(step =>
                (step.Name, step.Modules, step.Variant, step.Replicas) == (workload.Name, way.Modules, way.Variant, replicas)))];
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {workload.Title} | {replicas} | {Micro(ours?.Step)} | {string.Join(" | ", steps.Select(Cell))} | {Ratio(steps[0]?.Seconds / ours?.Step)} | {Ratio(steps.Min(step => step?.Seconds) / ours?.Step)} |\n");
        }

        text.Append("\nMicroseconds of the work between two rounds.\n\n");
        text.Append("| model | R | our round | sequential | batched | best / ours |\n|---|---|---|---|---|---|\n");
        foreach ((GpuWorkload workload, int replicas, TrainingMeasurement? ours) in rows)
        {
            double?[] rounds = [.. PyTorchPeers.Modules.Select(modules => peers.Rounds.FirstOrDefault(round =>
                (round.Name, round.Modules, round.Replicas) == (workload.Name, modules, replicas))?.Seconds)];
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {workload.Title} | {replicas} | {Micro(ours?.Round)} | {Micro(rounds[0])} | {Micro(rounds[1])} | {Ratio(rounds.Min() / ours?.Round)} |\n");
        }

        foreach (PyTorchPeers.Step failed in peers.Steps.Where(peer => peer.Error is not null))
            text.Append(CultureInfo.InvariantCulture, $"\n- {failed.Name}, {failed.Variant}, {failed.Modules}, R = {failed.Replicas}: {failed.Error}\n");
        foreach (PyTorchPeers.KernelCount failed in peers.Kernels.Where(peer => peer.Error is not null))
            text.Append(CultureInfo.InvariantCulture, $"\n- kernels of {failed.Name}, {failed.Variant}, {failed.Modules}, R = {failed.Replicas}: {failed.Error}\n");
        foreach (PyTorchPeers.Round failed in peers.Rounds.Where(peer => peer.Error is not null))
            text.Append(CultureInfo.InvariantCulture, $"\n- {failed.Name}, round, {failed.Modules}, R = {failed.Replicas}: {failed.Error}\n");

        string Cell(PyTorchPeers.Step? step)
        {
            double? kernels = peers.Kernels.FirstOrDefault(other => step is not null &&
                (other.Name, other.Variant, other.Modules, other.Replicas) == (step.Name, step.Variant, step.Modules, step.Replicas))?.Count;
            return kernels is { } count
                ? string.Create(CultureInfo.InvariantCulture, $"{Micro(step?.Seconds)} ({count:0.#})")
                : Micro(step?.Seconds);
        }
    }

    /// <summary>Every model and R that one side measured, in the order of <see cref="GpuWorkloads.All"/>.</summary>
    private (GpuWorkload Workload, int Replicas, TrainingMeasurement? Ours)[] Rows(PyTorchPeers peers)
    {
        ILookup<string, int> replicas = Steps.Select(step => (step.Workload.Name, step.Replicas))
            .Concat(peers.Steps.Select(step => (step.Name, step.Replicas)))
            .Concat(peers.Rounds.Select(round => (round.Name, round.Replicas)))
            .ToLookup(row => row.Name, row => row.Replicas);
        return
        [
            .. from workload in GpuWorkloads.All
               from count in replicas[workload.Name].Distinct().Order()
               select (workload, count, Steps.FirstOrDefault(step => step.Workload == workload && step.Replicas == count)),
        ];
    }

    private void AddSorts(StringBuilder text)
    {
        string copies = Bandwidth is { } bandwidth
            ? string.Create(CultureInfo.InvariantCulture, $"The device copies {bandwidth / 1e9:F0} GB/s, reads and writes together; the share is that of the bytes that a sort must move. ")
            : "";
        text.Append(
            CultureInfo.InvariantCulture,
            $"\n## Sorting pairs of 32-bit keys and payloads\n\n{copies}torch.sort gives indices of 64 bits.\n\n");
        text.Append("| n | microseconds | million pairs/s | share of the copy's bandwidth | torch.sort, million pairs/s | ours / torch.sort |\n|---|---|---|---|---|---|\n");
        PyTorchPeers.Sort[] peers = [.. Peers?.Sorts ?? []];
        foreach (int length in Sorts.Select(sort => sort.Length).Concat(peers.Select(sort => sort.Length)).Distinct().Order())
        {
            SortMeasurement? ours = Sorts.FirstOrDefault(sort => sort.Length == length);
            double? peer = peers.FirstOrDefault(sort => sort.Length == length)?.Seconds;
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {length:N0} | {Micro(ours?.Seconds)} | {Rate(length / ours?.Seconds)} | {ours?.Bytes / ours?.Seconds / Bandwidth:P0} | {Rate(length / peer)} | {Ratio(peer / ours?.Seconds)} |\n");
        }

        foreach (PyTorchPeers.Sort failed in peers.Where(peer => peer.Error is not null))
            text.Append(CultureInfo.InvariantCulture, $"\n- torch.sort, n = {failed.Length:N0}: {failed.Error}\n");
    }

    private static string Rate(double? perSecond) => perSecond is { } value ? (value / 1e6).ToString("F0", CultureInfo.InvariantCulture) : "";

    private static string Micro(double? seconds) => seconds is { } value ? (value * 1e6).ToString("F1", CultureInfo.InvariantCulture) : "";

    private static string Ratio(double? ratio) => ratio is { } value ? value.ToString("F2", CultureInfo.InvariantCulture) : "";
}
