using System.Runtime.CompilerServices;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu.Kernels;

internal static unsafe partial class BatchNormalization
{
    /// <summary>
    /// d loss / d z from dy = d loss / d (γ·ẑ + β), in place: with B samples,
    /// dz = γ/√(σ² + ε) · (dy − (1/B) Σ dy − ẑ · (1/B) Σ dy·ẑ). Lanes past the batch must be zero and stay zero.
    /// </summary>
    /// <param name="dy">One feature of the batch; becomes dz.</param>
    /// <param name="normalized">ẑ of that feature.</param>
    /// <param name="samples">Samples in the batch.</param>
    /// <param name="factor">γ/√(σ² + ε).</param>
    /// <returns>Σ dy·ẑ and Σ dy: the gradients of γ and β.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static (float Scale, float Shift) Backward<T>(float* dy, float* normalized, int samples, float factor)
        where T : struct, ILanes<T>
    {
        T sum = T.Zero, product = T.Zero;
        for (int s = 0; s < samples; s += T.Count)
        {
            T gradient = T.Load(dy + s);
            sum += gradient;
            product = T.MultiplyAdd(gradient, T.Load(normalized + s), product);
        }

        float shift = T.Sum(sum), scale = T.Sum(product);
        T meanGradient = T.Create(shift / samples), meanProduct = T.Create(-scale / samples), factors = T.Create(factor);
        int whole = samples - (samples % T.Count);
        for (int s = 0; s < whole; s += T.Count)
        {
            T centered = T.Load(dy + s) - meanGradient;
            T.Store(T.MultiplyAdd(T.Load(normalized + s), meanProduct, centered) * factors, dy + s);
        }

        if (whole < samples)
        {
            T centered = T.Load(dy + whole) - meanGradient;
            T dz = T.MultiplyAdd(T.Load(normalized + whole), meanProduct, centered) * factors;
            T.Store(T.KeepFirst(dz, samples - whole), dy + whole);
        }

        return (scale, shift);
    }
}
