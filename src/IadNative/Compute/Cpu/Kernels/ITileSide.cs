namespace IadNative.Compute.Cpu.Kernels;

/// <summary>How many rows or columns a kernel computes together: known when it is compiled, so that their sums stay in registers.</summary>
internal interface ITileSide
{
    /// <summary>From 1 to 4.</summary>
    static abstract int Count { get; }
}

/// <summary>1.</summary>
internal readonly struct One : ITileSide
{
    public static int Count => 1;
}

/// <summary>2.</summary>
internal readonly struct Two : ITileSide
{
    public static int Count => 2;
}

/// <summary>3.</summary>
internal readonly struct Three : ITileSide
{
    public static int Count => 3;
}

/// <summary>4.</summary>
internal readonly struct Four : ITileSide
{
    public static int Count => 4;
}
