using System.Runtime.CompilerServices;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu.Kernels;

/// <summary>Batch normalisation of one feature over the samples of a batch (Ioffe and Szegedy, 2015).</summary>
internal static unsafe partial class BatchNormalization
{
    /// <summary>
    /// ẑ = (z − μ)/√(v + ε) in place, with the batch mean μ and a variance v, and the running statistics moved towards μ and the
    /// unbiased variance. Lanes past the batch become zero.
    /// </summary>
    /// <param name="z">One feature of the batch.</param>
    /// <param name="samples">B: samples in the batch, at least 2.</param>
    /// <param name="divisor">What the sum of squares is divided by: B for the biased variance, B − 1 for the unbiased one.</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="momentum">Share of this batch in the running statistics.</param>
    /// <param name="runningMean">The feature's running mean.</param>
    /// <param name="runningVariance">The feature's running variance.</param>
    /// <returns>1/√(v + ε).</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Forward<T>(
        float* z, int samples, int divisor, float epsilon, float momentum, ref float runningMean, ref float runningVariance)
        where T : struct, ILanes<T>
    {
        int whole = samples - (samples % T.Count), rest = samples - whole;
        T sum = T.Zero;
        for (int s = 0; s < whole; s += T.Count) sum += T.Load(z + s);
        if (rest > 0) sum += T.KeepFirst(T.Load(z + whole), rest);
        float mean = T.Sum(sum) / samples;

        T means = T.Create(mean), squares = T.Zero;
        for (int s = 0; s < whole; s += T.Count)
        {
            T deviation = T.Load(z + s) - means;
            squares = T.MultiplyAdd(deviation, deviation, squares);
        }

        if (rest > 0)
        {
            T deviation = T.KeepFirst(T.Load(z + whole) - means, rest);
            squares = T.MultiplyAdd(deviation, deviation, squares);
        }

        float total = T.Sum(squares);
        float inverse = 1 / MathF.Sqrt((total / divisor) + epsilon);
        T inverses = T.Create(inverse);
        for (int s = 0; s < whole; s += T.Count) T.Store((T.Load(z + s) - means) * inverses, z + s);
        if (rest > 0) T.Store(T.KeepFirst((T.Load(z + whole) - means) * inverses, rest), z + whole);

        runningMean += momentum * (mean - runningMean);
        runningVariance += momentum * ((total / (samples - 1)) - runningVariance);
        return inverse;
    }
}
