namespace IadNative.Compute.Cpu.Kernels;

/// <summary>The samples of a batch in the order of their scores; of equal scores those earlier in the batch come first.</summary>
/// <param name="most">Samples of the largest batch.</param>
internal sealed unsafe class RankedScores(int most)
{
    // Least-significant-digit radix sort, which keeps the order of equal scores: four passes over the bits of a score, so that what
    // the first one reads the last one writes.
    private const int DigitBits = 8, Passes = 4, Buckets = 1 << DigitBits;

    private readonly ulong[] _keys = new ulong[most]; // the score's bits, which order like the score, before the sample
    private readonly ulong[] _otherKeys = new ulong[most];
    private readonly int[] _starts = new int[Passes * Buckets];

    /// <summary>B.</summary>
    public int Count { get; private set; }

    /// <summary>Sorts the scores of a batch.</summary>
    /// <param name="scores">B scores, not negative.</param>
    /// <param name="samples">B.</param>
    /// <returns>Whether all are finite; otherwise there is no order.</returns>
    public bool TrySort(float* scores, int samples)
    {
        Count = samples;
        Span<int> starts = _starts;
        starts.Clear();
        for (int s = 0; s < samples; s++)
        {
            if (!float.IsFinite(scores[s])) return false;
            uint bits = BitConverter.SingleToUInt32Bits(MathF.Abs(scores[s]));
            _keys[s] = ((ulong)bits << 32) | (uint)s;
            for (int pass = 0; pass < Passes; pass++) starts[(pass * Buckets) + Digit(bits, pass)]++;
        }

        Span<ulong> from = _keys.AsSpan(0, samples), to = _otherKeys.AsSpan(0, samples);
        for (int pass = 0; pass < Passes; pass++)
        {
            Span<int> places = starts.Slice(pass * Buckets, Buckets);
            int start = 0;
            foreach (ref int entry in places) (entry, start) = (start, start + entry);
            foreach (ulong key in from) to[places[Digit((uint)(key >> 32), pass)]++] = key;
            Span<ulong> sorted = to;
            to = from;
            from = sorted;
        }

        return true;
    }

    /// <summary>The sample of a rank, from 0.</summary>
    public int Sample(int rank) => (int)(uint)_keys[rank];

    /// <summary>The score of a rank, from 0.</summary>
    public float Score(int rank) => BitConverter.UInt32BitsToSingle((uint)(_keys[rank] >> 32));

    private static int Digit(uint bits, int pass) => (int)(bits >> (pass * DigitBits)) & (Buckets - 1);
}
