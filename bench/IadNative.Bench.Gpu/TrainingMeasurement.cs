using IadNative.Compute;
using IadNative.Cuda;
using IadNative.Iad;

namespace IadNative.Bench.Gpu;

/// <summary>Seconds of a training step and of the work between two rounds, of all replicas together.</summary>
/// <param name="Workload">What trained.</param>
/// <param name="Replicas">R.</param>
/// <param name="FusedStep">A step of a fused epoch; null where epochs are not fused.</param>
/// <param name="GraphStep">A step replayed from graphs, kernel by kernel.</param>
/// <param name="PlainStep">A step launched call by call.</param>
/// <param name="Round">
/// Scoring all samples, ranks, flips, weights, keeping the best, reading the records; null where that failed.
/// </param>
/// <param name="RoundFailure">Why it failed.</param>
internal sealed record TrainingMeasurement(
    GpuWorkload Workload, int Replicas, double? FusedStep, double GraphStep, double PlainStep, double? Round, string? RoundFailure = null)
{
    /// <summary>A step as the product trains.</summary>
    public double Step => FusedStep ?? GraphStep;

    /// <summary>Measures one.</summary>
    /// <exception cref="CudaOutOfMemoryException">So many replicas have no room.</exception>
    public static TrainingMeasurement Take(ICudaDriver driver, GpuWorkload workload, int replicas, GpuOptions options)
    {
        double? round = null;
        string? failure = null;
        double plain = Step(useGraphs: false, useFusion: false)!.Value, graph = Step(useGraphs: true, useFusion: false)!.Value;
        double? fused = Step(useGraphs: true, useFusion: true);
        return new TrainingMeasurement(workload, replicas, fused, graph, plain, round, failure);

        double? Step(bool useGraphs, bool useFusion)
        {
            IDevice device = new CudaDevice(driver) { UseGraphs = useGraphs, UseFusion = useFusion };
            using ISession session = device.CreateSession(workload.Plan, workload.Session(replicas));
            if (useFusion && ((CudaSession)session).Fused is null) return null;
            session.Initialize(0);
            session.BeginRound();
            int epoch = 0;
            double step = Repetitions.MedianSeconds(options, epochs =>
            {
                session.Train(new EpochRange(0, epoch, epochs), null, CancellationToken.None);
                session.Outcome(0); // waits for the device
                epoch = (epoch + epochs) % 30_000;
            }) / workload.Steps;
            if (!useGraphs || useFusion) return step;
            try
            {
                // Thousands of steps on random data may have led anywhere.
                session.Initialize(0);
                session.BeginRound();
                round = BetweenRounds(session, workload, replicas, options);
            }
            catch (Exception e) when (e is CudaException or InvalidOperationException)
            {
                failure = e.Message; // the steps stay measured
            }

            return step;
        }
    }

    private static double BetweenRounds(ISession session, GpuWorkload workload, int replicas, GpuOptions options)
    {
        using CudaRounds rounds = ((CudaSession)session).CreateRounds(new RoundSpec
        {
            Runs = replicas,
            Families = [new FamilyScores(1, workload.Model.MemberScale)],
            Samples = workload.Rows,
            Labels = [.. Enumerable.Range(0, workload.Rows).Select(i => i % 10 == 0)],
            InverseTau = 4,
        });
        bool[] areKept = new bool[replicas];
        Array.Fill(areKept, true);
        return Repetitions.MedianSeconds(options, count =>
        {
            for (int i = 0; i < count; i++)
            {
                session.Score();
                if (rounds.Take().Any(result => result.Trouble is not null))
                    throw new InvalidOperationException($"{workload.Name} has scores that are not finite.");
                rounds.Keep(areKept, isBeside: false);
            }
        });
    }
}
