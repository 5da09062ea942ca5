using System.Runtime.CompilerServices;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Cpu.Scoring;

namespace IadNative.Compute.Cpu.Kernels;

/// <summary>
/// The slope of a chord of the leaky ReLU, (y − y₀)/(z − z₀): 1 or the ReLU's own on one side of zero, something between them across it.
/// </summary>
internal static unsafe class LeakyChord
{
    /// <summary>The slope between two of its inputs.</summary>
    /// <param name="z">An input.</param>
    /// <param name="reference">Another.</param>
    /// <param name="slope">Slope of the ReLU for inputs that are not above zero.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T OfInputs<T>(T z, T reference, T slope)
        where T : struct, ILanes<T>
    {
        T across = (T.WherePositive(z, z, z * slope) - T.WherePositive(reference, reference, reference * slope)) / (z - reference);
        return Choose(z, reference, slope, across);
    }

    /// <summary>
    /// Multiplies the multipliers of a leaky ReLU's outputs by the slopes of their chords, as <see cref="ICarryingStep"/> does: what went
    /// in is y or y/slope.
    /// </summary>
    /// <param name="y">Outputs, in whole vectors.</param>
    /// <param name="reference">Outputs of the reference.</param>
    /// <param name="slope">Slope of the ReLU for inputs that are not above zero, above 0; 1 for none.</param>
    /// <param name="length">How many, a multiple of the lanes.</param>
    /// <param name="multipliers">The multipliers.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Carry<T>(float* y, float* reference, float slope, int length, float* multipliers)
        where T : struct, ILanes<T>
    {
        if (slope == 1) return;
        T slopes = T.Create(slope), inverse = T.Create(1 / slope);
        for (int j = 0; j < length; j += T.Count)
        {
            T own = T.Load(y + j), typical = T.Load(reference + j);
            T across = (own - typical) / (T.WherePositive(own, own, own * inverse) - T.WherePositive(typical, typical, typical * inverse));
            T.Store(T.Load(multipliers + j) * Choose(own, typical, slopes, across), multipliers + j);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Choose<T>(T own, T reference, T slope, T across)
        where T : struct, ILanes<T> =>
        T.WherePositive(own, T.WherePositive(reference, T.Create(1), across), T.WherePositive(reference, across, slope));
}
