namespace IadNative.Compute.Cpu.Lanes;

/// <summary>
/// A vector of floats of one width, so that every kernel is written once for all instruction sets. In training and in
/// convolutions lane j holds sample j of a group of samples, in the rest of scoring feature j of one sample; no lane ever depends
/// on another but in <see cref="Sum"/> and <see cref="StoreSums"/>.
/// </summary>
/// <typeparam name="TSelf">The implementing type.</typeparam>
internal unsafe interface ILanes<TSelf>
    where TSelf : struct, ILanes<TSelf>
{
    /// <summary>Floats per vector.</summary>
    static abstract int Count { get; }

    /// <summary>All lanes zero.</summary>
    static abstract TSelf Zero { get; }

    /// <summary>All lanes the same.</summary>
    static abstract TSelf Create(float value);

    /// <summary>Reads Count floats.</summary>
    static abstract TSelf Load(float* source);

    /// <summary>Writes Count floats.</summary>
    static abstract void Store(TSelf value, float* destination);

    static abstract TSelf operator +(TSelf a, TSelf b);

    static abstract TSelf operator -(TSelf a, TSelf b);

    static abstract TSelf operator *(TSelf a, TSelf b);

    static abstract TSelf operator /(TSelf a, TSelf b);

    /// <summary>a·b + c, fused where the hardware fuses.</summary>
    static abstract TSelf MultiplyAdd(TSelf a, TSelf b, TSelf c);

    /// <summary>The same with one number for all lanes of b, which a processor may read as part of the operation.</summary>
    static abstract TSelf MultiplyAdd(TSelf a, float* b, TSelf c);

    /// <summary>Square root per lane.</summary>
    static abstract TSelf Sqrt(TSelf value);

    /// <summary>value · 2^exponent per lane, rounded once, for whole exponents from −252 to 254.</summary>
    static abstract TSelf TimesPowerOfTwo(TSelf value, TSelf exponent);

    /// <summary>Per lane the whole number e for which value · 2^−e lies from √½ to below √2; the value is positive and normal.</summary>
    static abstract TSelf Exponent(TSelf value);

    /// <summary>Per lane: positive where x &gt; 0, other elsewhere (also where x is NaN).</summary>
    static abstract TSelf WherePositive(TSelf x, TSelf positive, TSelf other);

    /// <summary>Per lane: zero where |value| &lt; least, the value elsewhere (also where it is NaN); least is positive.</summary>
    static abstract TSelf DropBelow(TSelf value, TSelf least);

    /// <summary>Keeps the first <paramref name="count"/> lanes and zeroes the others.</summary>
    static abstract TSelf KeepFirst(TSelf value, int count);

    /// <summary>Sum of all lanes, in a fixed order.</summary>
    static abstract float Sum(TSelf value);

    /// <summary>Writes the <see cref="Sum"/> of each of four vectors, one after the other, to the same bits.</summary>
    static abstract void StoreSums(TSelf a, TSelf b, TSelf c, TSelf d, float* destination);
}
