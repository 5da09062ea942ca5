namespace IadNative.Bench.Subnormals;

/// <summary>How many of some numbers are subnormal: not zero, and smaller than 2⁻¹²⁶, the least float32 of full precision.</summary>
/// <param name="Subnormal">Subnormal numbers.</param>
/// <param name="All">Numbers looked at.</param>
internal readonly record struct SubnormalCount(long Subnormal, long All)
{
    /// <summary>Counts those of a block.</summary>
    public static SubnormalCount Of(ReadOnlySpan<float> values)
    {
        long subnormal = 0;
        foreach (float value in values)
        {
            if (float.IsSubnormal(value)) subnormal++;
        }

        return new SubnormalCount(subnormal, values.Length);
    }

    /// <summary>Both together.</summary>
    public static SubnormalCount operator +(SubnormalCount a, SubnormalCount b) => new(a.Subnormal + b.Subnormal, a.All + b.All);
}
