using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu.Kernels;

/// <summary>
/// Minimal filtering of rows, F(4, r) of Winograd: four neighbouring outputs of r taps from r + 3 products in place of 4·r. Two polynomials with r
/// and 4 coefficients are multiplied by r + 3 products of their values at as many points; filtering is the transpose of that.
/// <para>
/// With pixels d, taps g and points a: y = Aᵀ[(G·g) ⊙ (Bᵀ·d)], where row p of G is (1, a, a², …)/N with N = Π (a − a′) over the other
/// points, row p of Bᵀ has the coefficients of Π (x − a′), and column p of Aᵀ is (1, a, a², a³). The last point is infinity: it reads the last
/// coefficient. The same products carry gradients back: those of the taps are Gᵀ[(A·dy) ⊙ (Bᵀ·d)].
/// </para>
/// <para>
/// The first point is 0 and the second is 1, for which Aᵀ has ones. All other rows of Bᵀ have the root 1, and <see cref="Bordered"/> subtracts
/// equal pixels, or sums that were rounded alike, from each other: where a tile and its surroundings are all one number, only the second point
/// is not zero, and four equal outputs are equal to the bit.
/// </para>
/// </summary>
/// <typeparam name="TSelf">The implementing type.</typeparam>
internal unsafe interface IRowFilter<TSelf>
    where TSelf : struct, IRowFilter<TSelf>
{
    /// <summary>r: taps along one side of a kernel.</summary>
    static abstract int Taps { get; }

    /// <summary>r + 3.</summary>
    static abstract int Points { get; }

    /// <summary>The points but infinity.</summary>
    static abstract ReadOnlySpan<double> Numbers { get; }

    /// <summary>Images of one channel on the side of z: 1; or 4 where z is of images twice as high and wide.</summary>
    static abstract int Phases { get; }

    /// <summary>v = Bᵀ·d, a vector for each point, so many floats from one to the next. Pixels past r + 3 are not read.</summary>
    static abstract void Bordered<T>(T d0, T d1, T d2, T d3, T d4, T d5, T d6, T d7, float* v, nint point)
        where T : struct, ILanes<T>;

    /// <summary>v = A·d, a vector for each point, so many floats from one to the next.</summary>
    static abstract void Plain<T>(T d0, T d1, T d2, T d3, float* v, nint point)
        where T : struct, ILanes<T>;

    /// <summary>y = start + Aᵀ·m.</summary>
    /// <param name="m">A vector for each point.</param>
    /// <param name="point">Floats from one to the next.</param>
    /// <param name="start">What all outputs start from.</param>
    /// <param name="y">Receives the outputs.</param>
    /// <param name="pixel">Floats from one to the next.</param>
    /// <param name="count">Outputs within the image; from 4 on all.</param>
    static abstract void Outputs<T>(float* m, nint point, T start, float* y, nint pixel, int count)
        where T : struct, ILanes<T>;
}
