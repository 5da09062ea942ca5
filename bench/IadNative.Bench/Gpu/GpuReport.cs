using System.Globalization;
using System.Text;

namespace IadNative.Bench.Gpu;

/// <summary>The tables of a run, as Markdown.</summary>
/// <param name="Machine">Device, driver, versions, clocks, line by line.</param>
/// <param name="Command">How it was run.</param>
/// <param name="Steps">Training, model after model, R ascending.</param>
/// <param name="Sorts">Sorting, n ascending.</param>
/// <param name="Bandwidth">Bytes per second that the device copies; null where nothing was sorted.</param>
/// <param name="Peers">PyTorch's side; null for none.</param>
/// <param name="Failures">What could not be measured, and why.</param>
internal sealed record GpuReport(
    IReadOnlyList<string> Machine, string Command, IReadOnlyList<TrainingMeasurement> Steps, IReadOnlyList<SortMeasurement> Sorts,
    double? Bandwidth, PyTorchPeers? Peers, IReadOnlyList<string> Failures)
{
    private static readonly string[] s_variants = ["eager", "compile", "graph"];

    /// <summary>Whether nothing of this engine was measured.</summary>
    public bool IsEmpty => Steps.Count == 0 && Sorts.Count == 0;

    public override string ToString()
    {
        var text = new StringBuilder("# The CUDA engine\n\n");
        foreach (string line in Machine) text.Append(CultureInfo.InvariantCulture, $"- {line}\n");
        if (Peers is not null) text.Append(CultureInfo.InvariantCulture, $"- {Peers.Versions}\n");
        text.Append(CultureInfo.InvariantCulture, $"- `{Command}`\n");
        foreach (string failure in Failures) text.Append(CultureInfo.InvariantCulture, $"- not measured: {failure}\n");
        if (Steps.Count > 0) AddSteps(text);
        if (Sorts.Count > 0) AddSorts(text);
        return text.ToString();
    }

    private void AddSteps(StringBuilder text)
    {
        text.Append(
            """

            ## Training

            Microseconds of a step of all R networks together, replayed from graphs and launched call by call, and of the work between
            two rounds; medians. A step's share of the shuffle is counted in, and the last, smaller batch of an epoch is a step. PyTorch
            trains R networks one after the other, without shuffle, on full batches. *eager / ours* divides its time by ours with graphs.

            | model | R | step, graphs | step, plain | plain / graphs | step per network | R networks / one | round |

            """.ReplaceLineEndings("\n"));
        text.Append("|---|---|---|---|---|---|---|---|\n");
        foreach (TrainingMeasurement step in Steps)
        {
            TrainingMeasurement? one = Steps.FirstOrDefault(other => other.Workload == step.Workload && other.Replicas == 1);
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {step.Workload.Title} | {step.Replicas} | {Micro(step.GraphStep)} | {Micro(step.PlainStep)} | {Ratio(step.PlainStep / step.GraphStep)} | {Micro(step.GraphStep / step.Replicas)} | {Ratio(step.GraphStep / one?.GraphStep)} | {Micro(step.Round)} |\n");
        }

        if (Peers is null) return;
        text.Append("\n| model | R | our step | PyTorch eager | torch.compile | CUDA graphs | eager / ours | best / ours | our round | PyTorch | PyTorch / ours |\n|---|---|---|---|---|---|---|---|---|---|---|\n");
        foreach (TrainingMeasurement step in Steps)
        {
            double?[] peers = [.. s_variants.Select(variant => Peers.Steps.FirstOrDefault(peer =>
                peer.Name == step.Workload.Name && peer.Variant == variant && peer.Replicas == step.Replicas)?.Seconds)];
            double? round = Peers.Rounds.FirstOrDefault(peer => peer.Name == step.Workload.Name && peer.Replicas == step.Replicas)?.Seconds;
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {step.Workload.Title} | {step.Replicas} | {Micro(step.GraphStep)} | {Micro(peers[0])} | {Micro(peers[1])} | {Micro(peers[2])} | {Ratio(peers[0] / step.GraphStep)} | {Ratio(peers.Min() / step.GraphStep)} | {Micro(step.Round)} | {Micro(round)} | {Ratio(round / step.Round)} |\n");
        }

        foreach (PyTorchPeers.Step failed in Peers.Steps.Where(peer => peer.Error is not null))
            text.Append(CultureInfo.InvariantCulture, $"\n- {failed.Name}, {failed.Variant}, R = {failed.Replicas}: {failed.Error}\n");
        foreach (PyTorchPeers.Round failed in Peers.Rounds.Where(peer => peer.Error is not null))
            text.Append(CultureInfo.InvariantCulture, $"\n- {failed.Name}, round, R = {failed.Replicas}: {failed.Error}\n");
    }

    private void AddSorts(StringBuilder text)
    {
        text.Append(
            CultureInfo.InvariantCulture,
            $"\n## Sorting pairs of 32-bit keys and payloads\n\nThe device copies {Bandwidth / 1e9:F0} GB/s, reads and writes together; the share is that of the bytes that a sort must move. torch.sort gives indices of 64 bits.\n\n");
        text.Append("| n | microseconds | million pairs/s | share of the copy's bandwidth | torch.sort, million pairs/s | ours / torch.sort |\n|---|---|---|---|---|---|\n");
        foreach (SortMeasurement sort in Sorts)
        {
            double? peer = Peers?.Sorts.FirstOrDefault(other => other.Length == sort.Length)?.Seconds;
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {sort.Length:N0} | {Micro(sort.Seconds)} | {sort.Length / sort.Seconds / 1e6:F0} | {sort.Bytes / sort.Seconds / Bandwidth:P0} | {(peer is { } seconds ? (sort.Length / seconds / 1e6).ToString("F0", CultureInfo.InvariantCulture) : "")} | {Ratio(peer / sort.Seconds)} |\n");
        }
    }

    private static string Micro(double? seconds) => seconds is { } value ? (value * 1e6).ToString("F1", CultureInfo.InvariantCulture) : "";

    private static string Ratio(double? ratio) => ratio is { } value ? value.ToString("F2", CultureInfo.InvariantCulture) : "";
}
