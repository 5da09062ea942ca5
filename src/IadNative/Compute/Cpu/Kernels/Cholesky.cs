using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace IadNative.Compute.Cpu.Kernels;

/// <summary>
/// The Cholesky factor A = L Lᵀ of a symmetric matrix and its inverse, in float64. Only what is on and below the diagonal is read
/// and written. Rows of a part are independent of each other, so that parts can run side by side; every number is summed in one
/// order, on vectors of one width without fused operations, so that its bits depend on nothing else.
/// </summary>
internal static unsafe class Cholesky
{
    /// <summary>Columns that are factored together.</summary>
    public const int BlockColumns = 64;

    /// <summary>Columns of the inverse that are solved for together.</summary>
    public const int StripeColumns = 16;

    /// <summary>Replaces the block on the diagonal, columns <paramref name="first"/> to <paramref name="end"/>, by its factor.</summary>
    /// <returns>False where a pivot is not above zero: the matrix is not positive definite, or not finite.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static bool FactorDiagonal(double* a, nint stride, int first, int end)
    {
        for (int i = first; i < end; i++)
        {
            SolveRow(a, stride, first, i, i);
            double* row = a + (i * stride);
            double pivot = row[i] - Dot(row + first, row + first, i - first);
            if (!(pivot > 0) || !double.IsFinite(pivot)) return false;
            row[i] = Math.Sqrt(pivot);
        }

        return true;
    }

    /// <summary>Row <paramref name="i"/> of L in columns <paramref name="first"/> to <paramref name="end"/>, whose diagonal block is done.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SolveRow(double* a, nint stride, int first, int end, int i)
    {
        double* row = a + (i * stride);
        for (int j = first; j < end; j++)
        {
            double* other = a + (j * stride);
            row[j] = (row[j] - Dot(row + first, other + first, j - first)) / other[j];
        }
    }

    /// <summary>Takes columns <paramref name="first"/> to <paramref name="end"/> of L out of what is left of row <paramref name="i"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void UpdateRow(double* a, nint stride, int first, int end, int i)
    {
        double* row = a + (i * stride), factor = row + first;
        int count = end - first, j = end;
        for (; j + 4 <= i + 1; j += 4) SubtractDots(factor, a + (j * stride) + first, stride, count, row + j);
        for (; j <= i; j++) row[j] -= Dot(factor, a + (j * stride) + first, count);
    }

    /// <summary>
    /// Columns <paramref name="first"/> to first + <see cref="StripeColumns"/> of X = L⁻¹, from row <paramref name="first"/> on:
    /// X[i] = (I[i] − Σ_k L[i][k] X[k])/L[i][i].
    /// </summary>
    /// <param name="l">L, d × stride.</param>
    /// <param name="stride">Numbers between two rows of L.</param>
    /// <param name="d">Rows of L.</param>
    /// <param name="first">The first column.</param>
    /// <param name="x">Receives (d − first) × StripeColumns; zeros above the diagonal and past the last column.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void InvertStripe(double* l, nint stride, int d, int first, double* x)
    {
        for (int i = first; i < d; i++)
        {
            double* row = l + (i * stride) + first, target = x + ((nint)(i - first) * StripeColumns), source = x;
            Vector256<double> s0 = default, s1 = default, s2 = default, s3 = default;
            for (int k = 0; k < i - first; k++, source += StripeColumns)
            {
                Vector256<double> factor = Vector256.Create(row[k]);
                s0 += factor * Vector256.Load(source);
                s1 += factor * Vector256.Load(source + 4);
                s2 += factor * Vector256.Load(source + 8);
                s3 += factor * Vector256.Load(source + 12);
            }

            double pivot = row[i - first];
            Vector256<double> divisor = Vector256.Create(-pivot);
            (s0 / divisor).Store(target);
            (s1 / divisor).Store(target + 4);
            (s2 / divisor).Store(target + 8);
            (s3 / divisor).Store(target + 12);
            if (i - first < StripeColumns) target[i - first] = 1 / pivot;
        }
    }

    /// <summary>Replaces b by the solution x of L Lᵀ x = b.</summary>
    /// <param name="factor">L, size × size.</param>
    /// <param name="size">Rows and columns.</param>
    /// <param name="b">size numbers.</param>
    public static void SolveVector(double* factor, int size, double* b)
    {
        for (int i = 0; i < size; i++) b[i] = (b[i] - Dot(factor + ((nint)i * size), b, i)) / factor[((nint)i * size) + i];
        for (int i = size - 1; i >= 0; i--)
        {
            double* row = factor + ((nint)i * size);
            double value = b[i] /= row[i];
            for (int j = 0; j < i; j++) b[j] -= row[j] * value;
        }
    }

    // Four dot products with consecutive rows.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SubtractDots(double* x, double* y, nint stride, int count, double* results)
    {
        Vector256<double> s0 = default, s1 = default, s2 = default, s3 = default;
        double* y1 = y + stride, y2 = y1 + stride, y3 = y2 + stride;
        int k = 0;
        for (; k + 4 <= count; k += 4)
        {
            Vector256<double> factor = Vector256.Load(x + k);
            s0 += factor * Vector256.Load(y + k);
            s1 += factor * Vector256.Load(y1 + k);
            s2 += factor * Vector256.Load(y2 + k);
            s3 += factor * Vector256.Load(y3 + k);
        }

        double r0 = Vector256.Sum(s0), r1 = Vector256.Sum(s1), r2 = Vector256.Sum(s2), r3 = Vector256.Sum(s3);
        for (; k < count; k++)
        {
            r0 += x[k] * y[k];
            r1 += x[k] * y1[k];
            r2 += x[k] * y2[k];
            r3 += x[k] * y3[k];
        }

        results[0] -= r0;
        results[1] -= r1;
        results[2] -= r2;
        results[3] -= r3;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double Dot(double* x, double* y, int count)
    {
        Vector256<double> sum = default;
        int k = 0;
        for (; k + 4 <= count; k += 4) sum += Vector256.Load(x + k) * Vector256.Load(y + k);
        double result = Vector256.Sum(sum);
        for (; k < count; k++) result += x[k] * y[k];
        return result;
    }
}
