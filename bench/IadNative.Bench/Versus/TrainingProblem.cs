using IadNative.Bench.Versus.Exchange;
using IadNative.Compute;

namespace IadNative.Bench.Versus;

/// <summary>The arrays of a problem that trains.</summary>
internal static class TrainingProblem
{
    /// <summary>Standardised data, the state that each round starts from and the order of samples in each epoch.</summary>
    public static void Write(string folder, Network network, int rounds, int epochs)
    {
        Plan plan = network.Plan;
        ReplicaState[] starts = [.. Enumerable.Range(0, rounds).Select(network.Start)];
        RawFile.Write<float>(folder, ProblemFiles.Data, Standardise(network));
        RawFile.Write<float>(folder, ProblemFiles.Parameters, [.. starts.SelectMany(start => start.Parameters)]);
        RawFile.Write<float>(folder, ProblemFiles.Statistics, starts[0].Statistics);
        RawFile.Write<float>(folder, ProblemFiles.Center, network.CenterOf(starts[0]));
        if (plan.Parameters.IsMasked) RawFile.Write<float>(folder, ProblemFiles.Mask, plan.Parameters.ToMask());
        RawFile.Write<int>(folder, ProblemFiles.Order,
            [.. Enumerable.Range(0, rounds * epochs).SelectMany(epoch => network.Order(epoch / epochs, epoch % epochs))]);
    }

    private static float[] Standardise(Network network)
    {
        float[] values = [.. network.Data.Values], offset = network.Scaler.Offset, scale = network.Scaler.Scale;
        for (int i = 0; i < values.Length; i++)
            values[i] = (values[i] - offset[i % offset.Length]) * scale[i % offset.Length];
        return values;
    }
}
