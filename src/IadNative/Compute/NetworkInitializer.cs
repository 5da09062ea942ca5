using IadNative.Random;

namespace IadNative.Compute;

/// <summary>Fresh replicas: initial weights, statistics at (0, 1), no momentum, state at 0.</summary>
internal static class NetworkInitializer
{
    /// <summary>The fresh state of one replica at the start of a round.</summary>
    /// <param name="plan">The plan whose tensors are filled.</param>
    /// <param name="key">Seed of the run.</param>
    /// <param name="member">Network within the run.</param>
    /// <param name="round">Round whose random numbers are drawn.</param>
    public static ReplicaState Fresh(Plan plan, ulong key, int member, int round)
    {
        var state = new ReplicaState(plan);
        foreach (TensorSlot slot in plan.Parameters.Slots)
            Fill(slot, state.Parameters.AsSpan(slot.Offset, slot.Length), key, member, round);
        foreach (TensorSlot slot in plan.Statistics.Slots)
            Fill(slot, state.Statistics.AsSpan(slot.Offset, slot.Length), key, member, round);
        return state;
    }

    private static void Fill(TensorSlot slot, Span<float> values, ulong key, int member, int round)
    {
        switch (slot.Initialization)
        {
            case Initialization.Zero:
                values.Clear();
                break;
            case Initialization.One:
                values.Fill(1);
                break;
            case Initialization.Identity:
                values.Clear();
                for (int i = 0; i < Math.Min(slot.Rows, slot.Columns); i++) values[(i * slot.Columns) + i] = 1;
                break;
            case Initialization.Normal:
                new RandomSequence(key, RandomPurpose.InitialWeights, member, round, layer: slot.Layer).FillNormal(values);
                break;
            default:
                RandomPurpose purpose = slot.Initialization == Initialization.UniformWeight
                    ? RandomPurpose.InitialWeights
                    : RandomPurpose.InitialBiases;
                new RandomSequence(key, purpose, member, round, layer: slot.Layer)
                    .FillUniform(values, (float)(1 / Math.Sqrt(slot.FanIn)));
                if (slot.Mask is null) break;
                for (int i = 0; i < values.Length; i++)
                {
                    if (!slot.Mask.Allows(i / slot.Columns, i % slot.Columns)) values[i] = 0;
                }

                break;
        }
    }
}
