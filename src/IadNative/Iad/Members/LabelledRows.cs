using IadNative.Compute;
using IadNative.Models;
using IadNative.Random;

namespace IadNative.Iad.Members;

/// <summary>The rows that a network takes for normal and for anomalous.</summary>
/// <param name="Rows">Those taken for normal, then those taken for anomalous.</param>
/// <param name="Normal">How many of them are taken for normal.</param>
internal readonly record struct LabelledRows(int[] Rows, int Normal)
{
    /// <summary>What a network learns of a row taken for normal, and of one taken for anomalous.</summary>
    public const float NormalTarget = 0, AnomalousTarget = 1;

    /// <summary>Chooses rows of those that a replica trains on; equal scores count in the order of their rows.</summary>
    /// <param name="labels">Which.</param>
    /// <param name="replica">The replica.</param>
    /// <param name="scores">The scores of its rows, in their order.</param>
    /// <param name="round">The round, for the random numbers.</param>
    /// <param name="most">Rows at most.</param>
    public static LabelledRows Choose(PseudoLabels labels, ReplicaSpec replica, double[] scores, int round, int most = int.MaxValue)
    {
        int[] rows = replica.Rows, order = [.. Enumerable.Range(0, rows.Length)];
        Array.Sort(order, (a, b) => scores[a].CompareTo(scores[b]) is not 0 and var way ? way : rows[a].CompareTo(rows[b]));
        PseudoLabels.Counts counts = labels.In(rows.Length, most);
        int[] normal = Draw(RandomPurpose.NormalLabels, order[..counts.NormalPool], counts.Normal);
        int[] anomalous = Draw(RandomPurpose.AnomalousLabels, order[^counts.AnomalousPool..], counts.Anomalous);
        return new LabelledRows([.. normal.Concat(anomalous).Select(place => rows[place])], counts.Normal);

        int[] Draw(RandomPurpose purpose, int[] pool, int count)
        {
            if (count == pool.Length) return pool;
            ReadOnlySpan<int> permutation = new Permutation(pool.Length).Draw(new RandomSequence(replica.Key, purpose, replica.Member, round));
            int[] drawn = new int[count];
            for (int i = 0; i < count; i++) drawn[i] = pool[permutation[i]];
            return drawn;
        }
    }
}
