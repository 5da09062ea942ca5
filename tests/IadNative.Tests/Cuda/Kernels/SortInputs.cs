namespace IadNative.Tests.Cuda.Kernels;

/// <summary>What is sorted: keys and scores in every kind of order.</summary>
internal static class SortInputs
{
    private static readonly float[] s_special =
    [
        0, -0f, float.Epsilon, -float.Epsilon, 1e-40f, -1e-40f, MathF.BitDecrement(1.17549435e-38f), 1.17549435e-38f,
        -1.17549435e-38f, 1, MathF.BitIncrement(1), -1, float.MaxValue, float.MinValue, float.PositiveInfinity,
        float.NegativeInfinity,
    ];

    public static uint[] Ascending(int count) => Make(count, i => (uint)((ulong)i * uint.MaxValue / (ulong)count));

    public static uint[] Descending(int count) => Make(count, i => ~(uint)((ulong)i * uint.MaxValue / (ulong)count));

    public static float[] Equal(int count) => Make(count, _ => -0.7f);

    /// <summary>Four keys that differ in every digit, the least and the greatest of all among them.</summary>
    public static uint[] Few(int seed, int count)
    {
        uint[] keys = [0, 0x01020304, 0x80ff7f00, uint.MaxValue];
        var random = new System.Random(seed);
        return Make(count, _ => keys[random.Next(keys.Length)]);
    }

    public static uint[] Random(int seed, int count)
    {
        var random = new System.Random(seed);
        return Make(count, _ => (uint)random.NextInt64(1L << 32));
    }

    /// <summary>Scores of every magnitude and both signs.</summary>
    public static float[] Scores(int seed, int count)
    {
        var random = new System.Random(seed);
        return Make(count, _ => (float)((random.NextDouble() - 0.5) * Math.ScaleB(1, random.Next(-150, 128))));
    }

    /// <summary>Zeros of both signs, denormal numbers, infinities and the ends of ranges, each many times.</summary>
    public static float[] Special(int seed, int count)
    {
        var random = new System.Random(seed);
        return Make(count, _ => s_special[random.Next(s_special.Length)]);
    }

    /// <summary>Scores of which one, if there are any, is NaN, of either sign, somewhere.</summary>
    public static float[] WithNan(int seed, int count)
    {
        float[] scores = Scores(seed, count);
        float nan = BitConverter.UInt32BitsToSingle(seed % 2 == 0 ? 0x7fc00000 : 0xffc00001);
        if (count > 0) scores[new System.Random(seed).Next(count)] = nan;
        return scores;
    }

    private static T[] Make<T>(int count, Func<int, T> value) => [.. Enumerable.Range(0, count).Select(value)];
}
