using System.Runtime.InteropServices;
using IadNative.Compute;
using IadNative.Compute.Cpu;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Random;

namespace IadNative.Bench.Subnormals;

/// <summary>
/// Trains a network step by step and counts, after each step, the subnormal numbers in all that the step left in memory. A count
/// says on every processor what times say only on some: AMD's are hardly slower on such numbers, Intel's several times.
/// </summary>
internal static class SubnormalCensus
{
    /// <summary>Trains a fresh network of the session's first replica.</summary>
    /// <param name="plan">What is trained.</param>
    /// <param name="spec">On what.</param>
    /// <param name="weights">n importance weights.</param>
    /// <param name="epochs">How long.</param>
    /// <returns>
    /// Counts over all steps, by what the numbers are: each activation and gradient of a batch by its name in the plan, and
    /// "parameters", "gradient", "first moment", "second moment" and "statistics".
    /// </returns>
    public static IReadOnlyDictionary<string, SubnormalCount> Take(Plan plan, SessionSpec spec, float[] weights, int epochs) =>
        CpuDevice.SelectLanes(new Census(plan, spec, weights, epochs));

    private sealed class Census(Plan plan, SessionSpec spec, float[] weights, int epochs)
        : ILanesFunction<Dictionary<string, SubnormalCount>>
    {
        private readonly Dictionary<string, SubnormalCount> _counts = [];

        public Dictionary<string, SubnormalCount> Invoke<T>()
            where T : struct, ILanes<T>
        {
            ReplicaSpec own = spec.Replicas[0];
            var schedule = new BatchSchedule(own.Rows.Length, spec.BatchSize);
            using var team = new ThreadTeam(1);
            var step = new CpuTrainingStep<T>(plan, spec, schedule.LargestBatch, team);
            var replica = new CpuReplica(plan, own, spec.ViewOf(own), [.. weights], T.Count);
            replica.Import(NetworkInitializer.Fresh(plan, own.Key, own.Member, round: 0));
            Activation[] activations = [.. plan.Step.SelectMany(operation => operation.Writes).Distinct()];
            var permutation = new Permutation(own.Rows.Length);
            for (int epoch = 0; epoch < epochs; epoch++)
            {
                ReadOnlySpan<int> order = permutation.Draw(new RandomSequence(own.Key, spec.Shuffle, own.Member, 0, epoch));
                for (int batch = 0; batch < schedule.Count; batch++)
                {
                    int[] rows = [.. order.Slice(schedule.Start(batch), schedule.Length(batch)).ToArray().Select(i => own.Rows[i])];
                    step.Run(replica, rows, epoch);
                    foreach (Activation activation in activations) Add(activation, step, rows.Length);
                    Add("parameters", replica.Parameters.Span);
                    Add("gradient", replica.Gradient.Span);
                    Add("first moment", replica.FirstMoment.Span);
                    Add("second moment", replica.SecondMoment.Span);
                    Add("statistics", replica.Statistics.Span);
                }

                step.EndEpoch();
            }

            return _counts;
        }

        private unsafe void Add<T>(Activation activation, CpuTrainingStep<T> step, int samples)
            where T : struct, ILanes<T>
        {
            float* values = step.Site[activation];
            for (int j = 0; j < activation.Width; j++)
                Add(activation.Name, new ReadOnlySpan<float>(values + ((long)j * step.Site.Batch.Stride), samples));
        }

        private void Add(string name, ReadOnlySpan<float> values)
        {
            ref SubnormalCount count = ref CollectionsMarshal.GetValueRefOrAddDefault(_counts, name, out _);
            count += SubnormalCount.Of(values);
        }
    }
}
