using System.Buffers;

namespace IadNative.Metrics;

/// <summary>
/// The ascending order of scores and what follows from it. Scores are ordered by (score, sample index), so that equal
/// scores keep the order of their samples; -0 equals +0, infinities are the extremes, NaN is refused.
/// </summary>
internal static class Ranking
{
    /// <summary>Sorts sample indices by ascending (score, index).</summary>
    /// <remarks>
    /// Score and index are packed into one 64-bit key: the high word holds the score's bits, mapped so that unsigned order
    /// is numeric order (all bits of a negative number flipped, the sign bit of the others set), the low word the index.
    /// Keys differ, so an unstable sort of them is a stable sort of the scores. Scratch memory comes from the shared pool.
    /// </remarks>
    /// <param name="scores">The n scores.</param>
    /// <param name="order">Receives n sample indices, that of the lowest score first.</param>
    /// <exception cref="ArgumentException">A score is NaN, or the lengths differ.</exception>
    public static void Order(ReadOnlySpan<float> scores, Span<int> order)
    {
        if (order.Length != scores.Length)
        {
            throw new ArgumentException($"{scores.Length} scores need an order as long, not {order.Length}.", nameof(order));
        }

        ulong[] pooled = ArrayPool<ulong>.Shared.Rent(scores.Length);
        try
        {
            Span<ulong> keys = pooled.AsSpan(0, scores.Length);
            for (int i = 0; i < scores.Length; i++)
            {
                if (float.IsNaN(scores[i]))
                {
                    throw new ArgumentException($"Score {i} is NaN; scores must be numbers.", nameof(scores));
                }

                // Adding +0 turns -0 into +0 and changes nothing else.
                uint bits = BitConverter.SingleToUInt32Bits(scores[i] + 0f);
                uint ordered = bits ^ ((uint)((int)bits >> 31) | 0x8000_0000u);
                keys[i] = ((ulong)ordered << 32) | (uint)i;
            }

            keys.Sort();
            for (int i = 0; i < keys.Length; i++)
            {
                order[i] = (int)(uint)keys[i];
            }
        }
        finally
        {
            ArrayPool<ulong>.Shared.Return(pooled);
        }
    }

    /// <summary>Turns an order into ranks: the sample at place k (from 0) of the order gets rank k + 1.</summary>
    /// <param name="order">A permutation of 0..n-1, as from <see cref="Order"/>.</param>
    /// <param name="ranks">Receives the n samples' ranks, 1..n.</param>
    /// <exception cref="ArgumentException">The order is not a permutation, or the lengths differ.</exception>
    public static void Ranks(ReadOnlySpan<int> order, Span<int> ranks)
    {
        if (ranks.Length != order.Length)
        {
            throw new ArgumentException($"{order.Length} samples need as many ranks, not {ranks.Length}.", nameof(ranks));
        }

        ranks.Clear();
        for (int k = 0; k < order.Length; k++)
        {
            int sample = order[k];
            if ((uint)sample >= (uint)ranks.Length || ranks[sample] != 0)
            {
                throw new ArgumentException($"Entry {k}, sample {sample}, is repeated or out of range.", nameof(order));
            }

            ranks[sample] = k + 1;
        }
    }

    /// <summary>The number of distinct scores; -0 and +0 are one.</summary>
    /// <param name="scores">The n scores.</param>
    /// <param name="order">Their order, from <see cref="Order"/>.</param>
    /// <exception cref="ArgumentException">A score is NaN, or the order is not that of the scores.</exception>
    public static int DistinctScores(ReadOnlySpan<float> scores, ReadOnlySpan<int> order)
    {
        RequireOrder(scores, order);
        int distinct = Math.Min(1, order.Length);
        for (int k = 1; k < order.Length; k++)
        {
            if (scores[order[k]] != scores[order[k - 1]])
            {
                distinct++;
            }
        }

        return distinct;
    }

    /// <summary>
    /// Refuses anything but the result of <see cref="Order"/>: n indices in range that ascend strictly by (score, index)
    /// are all different, hence a permutation.
    /// </summary>
    internal static void RequireOrder(ReadOnlySpan<float> scores, ReadOnlySpan<int> order)
    {
        if (order.Length != scores.Length)
        {
            throw new ArgumentException($"{scores.Length} scores need an order as long, not {order.Length}.", nameof(order));
        }

        for (int k = 0; k < order.Length; k++)
        {
            if ((uint)order[k] >= (uint)scores.Length)
            {
                throw new ArgumentException($"Entry {k}, sample {order[k]}, is out of range.", nameof(order));
            }

            float score = scores[order[k]];
            if (float.IsNaN(score))
            {
                throw new ArgumentException($"Score {order[k]} is NaN; scores must be numbers.", nameof(scores));
            }

            float before = k == 0 ? score : scores[order[k - 1]];
            if (k > 0 && (score < before || (score == before && order[k] <= order[k - 1])))
            {
                throw new ArgumentException($"Entries {k - 1} and {k} do not ascend by (score, index).", nameof(order));
            }
        }
    }
}
