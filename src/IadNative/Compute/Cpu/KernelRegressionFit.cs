using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu;

/// <summary>
/// Exact Gaussian process regression in float64 (Rasmussen and Williams, 2006, algorithm 2.1): the coefficients α = (K + σ²I)⁻¹ t of
/// <see cref="KernelRegression"/>, with a team of threads. K + σ²I has no eigenvalue below σ² = 1, so that none is added, whatever
/// points fall together. Nothing depends on the number of threads.
/// </summary>
/// <param name="team">The team.</param>
/// <param name="mostPoints">m at most: the memory is that of m² numbers.</param>
internal sealed unsafe class KernelRegressionFit(ThreadTeam team, int mostPoints) : ITeamWork
{
    // A kernel value, in multiply-adds: that of its exponential.
    private const int KernelCost = 20;

    private readonly CholeskyFactor _factor = new(team);
    private readonly double[] _matrix = new double[checked(mostPoints * mostPoints)];
    private float[] _points = [];
    private int _count, _width;

    /// <summary>Fits α.</summary>
    /// <param name="points">m × c coordinates on the unit sphere, row-major.</param>
    /// <param name="width">c.</param>
    /// <param name="targets">t on the way in, α on the way out: m numbers; NaN where points are not finite.</param>
    public void Run(float[] points, int width, Span<double> targets)
    {
        (_points, _width, _count) = (points, width, targets.Length);
        team.Share(this, 0, _count, 1, (long)_count * _count / 2 * (width + KernelCost));
        fixed (double* matrix = _matrix, coefficients = targets)
        {
            if (_factor.Run(matrix, _count)) Cholesky.SolveVector(matrix, _count, coefficients);
            else targets.Fill(double.NaN);
        }
    }

    /// <inheritdoc/>
    public void Part(int phase, int first, int end, int member)
    {
        for (int item = first; item < end; item++)
        {
            int i = ThreadTeam.FromBothEnds(item, _count);
            ReadOnlySpan<float> own = _points.AsSpan(i * _width, _width);
            for (int j = 0; j <= i; j++)
            {
                double product = 0;
                for (int k = 0; k < _width; k++) product += (double)own[k] * _points[(j * _width) + k];
                _matrix[((long)i * _count) + j] = KernelRegression.Kernel(product);
            }

            _matrix[((long)i * _count) + i] += KernelRegression.NoiseVariance;
        }
    }
}
