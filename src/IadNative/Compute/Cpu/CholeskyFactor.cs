using IadNative.Compute.Cpu.Kernels;

namespace IadNative.Compute.Cpu;

/// <summary>
/// Factors symmetric matrices, A = L Lᵀ in float64, with a team of threads: blocks of columns one after the other, the rows below each
/// shared out. No number depends on how.
/// </summary>
internal sealed unsafe class CholeskyFactor(ThreadTeam team) : ITeamWork
{
    private const int Solve = 0, Update = 1;

    private double* _matrix;
    private nint _stride;
    private int _size, _first, _end;

    /// <summary>Replaces what is on and below the diagonal by L; the rest is left alone.</summary>
    /// <param name="matrix">size × size numbers, row-major.</param>
    /// <param name="size">Rows and columns.</param>
    /// <returns>False where the matrix is not positive definite, or not finite.</returns>
    public bool Run(double* matrix, int size)
    {
        _matrix = matrix;
        _stride = _size = size;
        for (_first = 0; _first < size; _first = _end)
        {
            _end = Math.Min(size, _first + Cholesky.BlockColumns);
            if (!Cholesky.FactorDiagonal(matrix, _stride, _first, _end)) return false;
            long left = size - _end, columns = _end - _first;
            if (left == 0) continue;
            team.Share(this, Solve, (int)left, 1, left * columns * columns / 2);
            team.Share(this, Update, (int)left, 1, left * left * columns / 2);
        }

        return true;
    }

    /// <inheritdoc/>
    public void Part(int phase, int first, int end, int member)
    {
        for (int i = first; i < end; i++)
        {
            if (phase == Solve) Cholesky.SolveRow(_matrix, _stride, _first, _end, _end + i);
            else Cholesky.UpdateRow(_matrix, _stride, _first, _end, _end + ThreadTeam.FromBothEnds(i, _size - _end));
        }
    }
}
