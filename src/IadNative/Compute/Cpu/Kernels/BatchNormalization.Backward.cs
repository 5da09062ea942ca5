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
        T product0 = T.Zero, product1 = T.Zero;
        int pair = 0;
        for (; pair + (2 * T.Count) <= samples; pair += 2 * T.Count)
        {
            product0 = T.MultiplyAdd(T.Load(dy + pair), T.Load(normalized + pair), product0);
            product1 = T.MultiplyAdd(T.Load(dy + pair + T.Count), T.Load(normalized + pair + T.Count), product1);
        }

        for (; pair < samples; pair += T.Count) product0 = T.MultiplyAdd(T.Load(dy + pair), T.Load(normalized + pair), product0);
        float shift = Reduce.Sum<T>(dy, samples), scale = T.Sum(product0 + product1);
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

    /// <summary>
    /// The same for normalisation by the unbiased variance inside a flow, whose log-determinant pulls on v with W = Σ w/B. With
    /// g = e^γ·dy: dx = (g − (1/B) Σ g + x̂·(W − Σ g·x̂)/(B − 1))/√(v + ε).
    /// </summary>
    /// <param name="dy">One feature of the batch; lanes past it zero.</param>
    /// <param name="normalized">x̂ of that feature.</param>
    /// <param name="dx">Receives dx; may be dy. Lanes past the batch become zero.</param>
    /// <param name="samples">B.</param>
    /// <param name="scale">e^γ.</param>
    /// <param name="inverse">1/√(v + ε).</param>
    /// <param name="weight">W.</param>
    /// <returns>The gradients of γ and b: Σ g·x̂ − W and Σ dy.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static (float LogScale, float Shift) FlowBackward<T>(
        float* dy, float* normalized, float* dx, int samples, float scale, float inverse, float weight)
        where T : struct, ILanes<T>
    {
        T sum = T.Zero, product = T.Zero;
        for (int s = 0; s < samples; s += T.Count)
        {
            T gradient = T.Load(dy + s);
            sum += gradient;
            product = T.MultiplyAdd(gradient, T.Load(normalized + s), product);
        }

        float shift = T.Sum(sum), logScale = (scale * T.Sum(product)) - weight;
        T mean = T.Create(shift / samples), factor = T.Create(scale * inverse), slope = T.Create(-logScale * inverse / (samples - 1));
        int whole = samples - (samples % T.Count);
        for (int s = 0; s < whole; s += T.Count)
            T.Store(T.MultiplyAdd(T.Load(normalized + s), slope, (T.Load(dy + s) - mean) * factor), dx + s);
        if (whole < samples)
        {
            T last = T.MultiplyAdd(T.Load(normalized + whole), slope, (T.Load(dy + whole) - mean) * factor);
            T.Store(T.KeepFirst(last, samples - whole), dx + whole);
        }

        return (logScale, shift);
    }
}
