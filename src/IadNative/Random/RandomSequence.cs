namespace IadNative.Random;

/// <summary>What a random number is for; a part of its counter, so that no two uses share numbers.</summary>
internal enum RandomPurpose : byte
{
    /// <summary>Initial weights of a layer.</summary>
    InitialWeights = 1,

    /// <summary>Initial biases of a layer.</summary>
    InitialBiases = 2,

    /// <summary>The order of samples in an epoch.</summary>
    Shuffle = 3,

    /// <summary>The order of samples in an epoch of pretraining.</summary>
    PretrainShuffle = 4,

    /// <summary>The rows that an ensemble member sees.</summary>
    MemberRows = 5,

    /// <summary>The anomalies of a contaminated scenario.</summary>
    Anomalies = 6,

    /// <summary>The features that a network sees which has some of its own.</summary>
    MemberColumns = 7,

    /// <summary>The samples that a model takes for normal, of those with low scores.</summary>
    NormalLabels = 8,

    /// <summary>The samples that a model takes for anomalous, of those with high scores.</summary>
    AnomalousLabels = 9,

    /// <summary>The rows of a source that a sample of it has.</summary>
    SourceRows = 10,
}

/// <summary>
/// One sequence of random numbers: key = seed of the run; counter = (index / 4, purpose + 256·layer, member,
/// round·65536 + epoch), lane = index mod 4.
/// </summary>
/// <param name="key">The seed of the run.</param>
/// <param name="purpose">What the numbers are for.</param>
/// <param name="member">Network within the run, from 0.</param>
/// <param name="round">Round of IAD, 0 to 65,535.</param>
/// <param name="epoch">Epoch within the round, 0 to 65,535.</param>
/// <param name="layer">Layer within the network, from 0.</param>
internal readonly struct RandomSequence(ulong key, RandomPurpose purpose, int member, int round = 0, int epoch = 0, int layer = 0)
{
    private readonly uint _c1 = (uint)purpose + (256u * (uint)layer);
    private readonly uint _c2 = (uint)member;
    private readonly uint _c3 = ((uint)round * 65_536u) + (uint)epoch;

    /// <summary>Fills a span with the sequence's 32-bit numbers from index 0.</summary>
    public void Fill(Span<uint> destination) => Philox.Fill(key, _c1, _c2, _c3, destination);

    /// <summary>Fills a span with numbers uniform in [−bound, bound): (2u − 1)·bound, u = (x ≫ 8)·2⁻²⁴.</summary>
    public void FillUniform(Span<float> destination, float bound)
    {
        for (int i = 0; i < destination.Length; i += 4)
        {
            (uint x0, uint x1, uint x2, uint x3) = Block(i / 4);
            destination[i] = Uniform(x0, bound);
            if (i + 1 < destination.Length) destination[i + 1] = Uniform(x1, bound);
            if (i + 2 < destination.Length) destination[i + 2] = Uniform(x2, bound);
            if (i + 3 < destination.Length) destination[i + 3] = Uniform(x3, bound);
        }
    }

    /// <summary>
    /// Fills a span with standard normal numbers: number i is √(−2 ln u)·cos(2π v) in float64, rounded to float32, where u and v are the
    /// numbers 2i and 2i + 1 of the sequence as (x + ½)·2⁻³² (Box and Muller, 1958).
    /// </summary>
    public void FillNormal(Span<float> destination)
    {
        for (int i = 0; i < destination.Length; i += 2)
        {
            (uint x0, uint x1, uint x2, uint x3) = Block(i / 2);
            destination[i] = Normal(x0, x1);
            if (i + 1 < destination.Length) destination[i + 1] = Normal(x2, x3);
        }
    }

    private (uint X0, uint X1, uint X2, uint X3) Block(int block) => Philox.Block(key, (uint)block, _c1, _c2, _c3);

    private static float Normal(uint x, uint y) => (float)(Math.Sqrt(-2 * Math.Log(Unit(x))) * Math.Cos(2 * Math.PI * Unit(y)));

    private static double Unit(uint x) => (x + 0.5) * (1.0 / (1L << 32));

    private static float Uniform(uint x, float bound) => ((2 * ((x >> 8) * (1f / (1 << 24)))) - 1) * bound;
}
