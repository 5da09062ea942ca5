using IadNative.Compute;
using IadNative.Iad;

namespace IadNative.Cuda.Choice;

/// <summary>
/// Seconds that a CUDA device takes for some work: its nodes, counted by walking the sessions as they would run, what products and
/// convolutions compute, and the bytes that kernels move, one after the other; where epochs are fused, the cycles of their kernel. What a
/// node takes, the cycles, and the part of the arithmetic that convolutions and what stands around them reach, were measured on an NVIDIA H200
/// (bench/results/h200-2026-11.md); which part of it products reach, and of the bandwidth, is an assumption.
/// </summary>
internal static class CudaEstimate
{
    /// <summary>Seconds of a node of a graph, whatever it computes: its launch, and the wait for the one before.</summary>
    public const double SecondsPerNode = 3.5e-6;

    /// <summary>Seconds to open a device: its context, kernels from their cache, and the self-test.</summary>
    public const double SecondsToOpen = 2;

    private const double ReachedArithmetic = 0.4, ReachedByConvolutions = 0.12, ReachedBandwidth = 0.5;

    // An activation is written once and read about twice; Adam reads four numbers for a parameter and writes three.
    internal const double BytesPerElement = 3 * sizeof(float), BytesPerParameter = 7 * sizeof(float);

    /// <summary>Seconds of some work on a device, without opening it.</summary>
    /// <exception cref="NotSupportedException">The engine does not know an operation of a plan.</exception>
    public static double Seconds(IReadOnlyList<DeviceWork> work, CudaDeviceSummary device) => work.Sum(session => Seconds(session, device));

    /// <summary>Nodes of a training step of a session; of a plan that is fitted in one go, of the fit.</summary>
    /// <exception cref="NotSupportedException">The engine does not know an operation of the plan.</exception>
    public static double NodesPerStep(DeviceWork work, CudaDeviceSummary device)
    {
        using var counted = new CountedSession(work, device);
        return counted.Train().Nodes / Steps(work);
    }

    private static double Seconds(DeviceWork work, CudaDeviceSummary device)
    {
        if (work.Spec.Replicas.Count > CudaSession.MostReplicas)
        {
            // They train in groups.
            IReadOnlyList<ReplicaSpec> group = [.. work.Spec.Replicas.Take(CudaSession.MostReplicas)];
            return Seconds(work with { Spec = work.Spec with { Replicas = group } }, device) * work.Spec.Replicas.Count / group.Count;
        }

        using var counted = new CountedSession(work, device);
        double replicas = work.Spec.Replicas.Count, parameters = BytesPerParameter * work.Plan.Parameters.Length * replicas;
        double rows = work.Spec.Replicas[0].Rows.Length * replicas;
        IReadOnlyList<PlanOperation> step = work.Plan.Fit is { } fit ? [fit] : work.Plan.Step;
        Counts training = counted.Train();
        double waves = Math.Ceiling(replicas / Math.Max(1, device.Multiprocessors));
        double epoch = counted.CyclesPerStep is { } cycles
            ? (training.Nodes * SecondsPerNode) + (Steps(work) * cycles * waves / device.ClockHertz)
            : Seconds(training, PlanWork.Of(step), rows, Steps(work) * parameters, device);
        double scoring = Seconds(counted.Score(), PlanWork.Of(work.Plan.Scoring), work.Spec.Samples * replicas, parameters, device);
        return (work.Epochs * epoch) + (work.Scorings * scoring);
    }

    private static double Seconds(Counts counts, PlanWork perSample, double samples, double parameterBytes, CudaDeviceSummary device)
    {
        double arithmetic = 2 * Lanes(device) * device.ClockHertz; // of a multiprocessor
        return (counts.Nodes * SecondsPerNode)
            + (2 * counts.SerialProducts / (ReachedArithmetic * arithmetic))
            + (samples * perSample.ConvolutionFlops / (ReachedByConvolutions * arithmetic * device.Multiprocessors))
            + (((samples * perSample.Elements * BytesPerElement) + parameterBytes) / (ReachedBandwidth * device.BytesPerSecond));
    }

    private static double Steps(DeviceWork work) =>
        work.Plan.Fit is not null ? 1 : new BatchSchedule(work.Spec.Replicas[0].Rows.Length, work.Spec.BatchSize).Count;

    // Multiply-adds of a multiprocessor in a cycle: 64 on data-center devices before 9.0 and on Turing, 128 on all others.
    private static int Lanes(CudaDeviceSummary device) => (device.ComputeMajor, device.ComputeMinor) is (6, 0) or (7, _) or (8, 0) ? 64 : 128;

    /// <summary>What a device was given.</summary>
    private readonly record struct Counts(double Nodes, double SerialProducts);

    /// <summary>A session on a device that counts.</summary>
    private sealed class CountedSession : IDisposable
    {
        private readonly CountingDriver _driver;
        private readonly CudaSession _session;

        public CountedSession(DeviceWork work, CudaDeviceSummary device)
        {
            _driver = new CountingDriver(new CudaDeviceInfo(
                device.Name, "", device.ComputeMajor, device.ComputeMinor, device.TotalMemory, device.Multiprocessors, device.SharedBytes, "", "", ""));
            _session = (CudaSession)((IDevice)new CudaDevice(_driver) { UseGraphs = false }).CreateSession(work.Plan, work.Spec);
        }

        /// <summary>Of a step of one network, where epochs are fused; null where they are not.</summary>
        public double? CyclesPerStep => _session.Fused?.Shape.CyclesPerStep;

        public Counts Train() => Count(() => _session.Train(new EpochRange(0, 0, 1), null, CancellationToken.None));

        public Counts Score() => Count(_session.Score);

        public void Dispose() => _session.Dispose();

        private Counts Count(Action work)
        {
            (long nodes, double products) = (_driver.Nodes, _driver.SerialProducts);
            work();
            return new Counts(_driver.Nodes - nodes, _driver.SerialProducts - products);
        }
    }
}
