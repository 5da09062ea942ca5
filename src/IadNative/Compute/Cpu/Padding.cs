namespace IadNative.Compute.Cpu;

/// <summary>Lengths in whole vectors.</summary>
internal static class Padding
{
    /// <summary>The smallest multiple of <paramref name="lanes"/> that is not below <paramref name="length"/>.</summary>
    public static int RoundUp(int length, int lanes) => checked((length + lanes - 1) / lanes * lanes);

    /// <summary>
    /// Floats between two features of an activation: whole vectors, and an odd number of cache lines, so that features do not
    /// all fall into the same few sets of the cache.
    /// </summary>
    public static int Stride(int samples)
    {
        const int cacheLine = 16;
        int lines = RoundUp(samples, cacheLine) / cacheLine;
        return (lines | 1) * cacheLine;
    }
}
