using System.Runtime.CompilerServices;
using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu.Kernels;

/// <summary>‖o − t‖² per sample, where t is a center shared by all samples or a target of each.</summary>
internal static unsafe class Distance
{
    /// <summary>distances[s] = Σ_j (output[j][s] − center[j])², summed in the order of j.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void FromCenter<T>(float* output, float* center, int width, nint stride, int samples, float* distances)
        where T : struct, ILanes<T>
    {
        for (int s = 0; s < samples; s += T.Count)
        {
            T sum = T.Zero;
            for (int j = 0; j < width; j++)
            {
                T difference = T.Load(output + (j * stride) + s) - T.Create(center[j]);
                sum = T.MultiplyAdd(difference, difference, sum);
            }

            T.Store(sum, distances + s);
        }
    }

    /// <summary>distances[s] = Σ_j (output[j][s] − target[j][s])², summed in the order of j.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void FromTarget<T>(float* output, float* target, int width, nint stride, int samples, float* distances)
        where T : struct, ILanes<T>
    {
        for (int s = 0; s < samples; s += T.Count)
        {
            T sum = T.Zero;
            for (int j = 0; j < width; j++)
            {
                T difference = T.Load(output + (j * stride) + s) - T.Load(target + (j * stride) + s);
                sum = T.MultiplyAdd(difference, difference, sum);
            }

            T.Store(sum, distances + s);
        }
    }

    /// <summary>
    /// d loss / d output: gradient[j][s] = 2 · factors[s] · (output[j][s] − t), with t the target or, without one, the center. What is below
    /// <see cref="LeastGradient"/> is zero.
    /// </summary>
    /// <param name="output">width × stride.</param>
    /// <param name="target">width × stride, or null.</param>
    /// <param name="center">width; used without a target.</param>
    /// <param name="factors">d loss / d distance per sample.</param>
    /// <param name="width">Features of the output.</param>
    /// <param name="stride">Floats between two features.</param>
    /// <param name="samples">Samples, a multiple of the lanes.</param>
    /// <param name="gradient">width × stride.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Gradient<T>(
        float* output, float* target, float* center, float* factors, int width, nint stride, int samples, float* gradient)
        where T : struct, ILanes<T>
    {
        for (int j = 0; j < width; j++)
        {
            T point = target == null ? T.Create(center[j]) : T.Zero;
            for (int s = 0; s < samples; s += T.Count)
            {
                if (target != null) point = T.Load(target + (j * stride) + s);
                T factor = T.Load(factors + s);
                T pull = (factor + factor) * (T.Load(output + (j * stride) + s) - point);
                T.Store(LeastGradient.Drop(pull), gradient + (j * stride) + s);
            }
        }
    }
}
