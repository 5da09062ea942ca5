using System.Numerics;
using IadNative.Compute;
using IadNative.Compute.Operations;
using IadNative.Random;

namespace IadNative.Tests.Compute.Twin;

/// <summary>The twin trained for some epochs through the batches that a session goes through.</summary>
/// <param name="Twin">The twin after its last step.</param>
/// <param name="Loss">Mean weighted loss per sample over the last epoch.</param>
/// <param name="Scores">Scores of all n samples after the last step.</param>
internal sealed record TwinRun<T>(TwinInterpreter<T> Twin, T Loss, T[] Scores)
    where T : IFloatingPointIeee754<T>
{
    /// <param name="problem">What is trained.</param>
    /// <param name="replica">Which replica.</param>
    /// <param name="epochs">The epochs.</param>
    /// <param name="order">
    /// What only matters to rounding: order of the sums, of the samples within each batch and of biases, and last digits of
    /// exponentials.
    /// </param>
    public static TwinRun<T> Train(Problem problem, int replica, EpochRange epochs, int order = 0)
    {
        // Losses of a whole batch rank what lies close together, couplings add it up, and pulls of one size cancel: dense layers are summed
        // both ways there.
        bool isOfBatch = problem.Plan.Step.Any(operation => operation is ResidualForward or DiscriminativeLoss or SubspaceLoss or AbsoluteLoss);
        TwinInterpreter<T> twin = problem.Twin<T>(
            replica, biasLast: order % 2 == 1, backwards: order / 2 % 2 == 1, denseBackwards: isOfBatch && order / 2 % 2 == 1,
            exponentialRounding: order);
        T loss = Train(twin, problem.Plan, problem.Spec, problem.Spec.Replicas[replica], epochs, order);
        return new TwinRun<T>(twin, loss, twin.Score(problem.AllRows));
    }

    /// <summary>Trains a twin in an order of its own and returns the mean weighted loss per sample over the last epoch.</summary>
    public static T Train(
        TwinInterpreter<T> twin, Plan plan, SessionSpec spec, ReplicaSpec replica, EpochRange epochs, int order)
    {
        var random = new System.Random(order);
        T loss = T.Zero;
        if (plan.Fit is GaussianFit fit)
        {
            int[] rows = [.. replica.Rows];
            if (order > 0) random.Shuffle(rows);
            twin.Fit(fit, rows);
            return twin.Loss / T.CreateChecked(rows.Length);
        }

        for (int epoch = epochs.First; epoch < epochs.First + epochs.Count; epoch++)
        {
            loss = T.Zero;
            foreach (int[] batch in Batches(spec, replica, epochs.Round, epoch))
            {
                if (order > 0) random.Shuffle(batch);
                twin.Train(plan.Step, batch, epoch);
                loss += twin.Loss;
            }

            twin.EndEpoch(epoch);
        }

        return loss / T.CreateChecked(replica.Rows.Length);
    }

    // Rows in ascending order of their draws, cut into batches; a last batch of one joins the one before.
    private static List<int[]> Batches(SessionSpec spec, ReplicaSpec replica, int round, int epoch)
    {
        uint[] draws = new uint[replica.Rows.Length];
        new RandomSequence(replica.Key, spec.Shuffle, replica.Member, round, epoch).Fill(draws);
        int[] order = [.. replica.Rows.Zip(draws).OrderBy(pair => pair.Second).Select(pair => pair.First)];
        List<int[]> batches = [.. order.Chunk(spec.BatchSize)];
        if (batches.Count > 1 && batches[^1].Length == 1)
        {
            batches[^2] = [.. batches[^2], .. batches[^1]];
            batches.RemoveAt(batches.Count - 1);
        }

        return batches;
    }
}
