namespace IadNative.Compute.Cpu.Kernels;

/// <summary>The samples of a batch in the order of their scores; of equal scores those earlier in the batch come first.</summary>
/// <param name="most">Samples of the largest batch.</param>
internal sealed unsafe class RankedScores(int most)
{
    private readonly ulong[] _keys = new ulong[most]; // the score's bits, which order like the score, before the sample

    /// <summary>B.</summary>
    public int Count { get; private set; }

    /// <summary>Sorts the scores of a batch.</summary>
    /// <param name="scores">B scores, not negative.</param>
    /// <param name="samples">B.</param>
    /// <returns>Whether all are finite; otherwise there is no order.</returns>
    public bool TrySort(float* scores, int samples)
    {
        Count = samples;
        for (int s = 0; s < samples; s++)
        {
            if (!float.IsFinite(scores[s])) return false;
            _keys[s] = ((ulong)BitConverter.SingleToUInt32Bits(MathF.Abs(scores[s])) << 32) | (uint)s;
        }

        _keys.AsSpan(0, samples).Sort();
        return true;
    }

    /// <summary>The sample of a rank, from 0.</summary>
    public int Sample(int rank) => (int)(uint)_keys[rank];

    /// <summary>The score of a rank, from 0.</summary>
    public float Score(int rank) => BitConverter.UInt32BitsToSingle((uint)(_keys[rank] >> 32));
}
