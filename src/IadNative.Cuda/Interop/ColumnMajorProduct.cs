namespace IadNative.Cuda.Interop;

/// <summary>
/// What cuBLAS is asked for: a batch of products C = op(A)·op(B) + Beta·C of column-major matrices, where op(A) is M × K,
/// op(B) is K × N and C is M × N.
/// </summary>
internal readonly record struct ColumnMajorProduct(
    bool TransposeA, bool TransposeB, int M, int N, int K,
    ulong A, int LeadingA, long StrideA, ulong B, int LeadingB, long StrideB,
    float Beta, ulong C, int LeadingC, long StrideC, int Batch)
{
    /// <summary>
    /// The column-major product that computes a row-major one. This is the only place where the two conventions meet: a
    /// row-major matrix, read as a column-major one with the same distance between lines, is its own transpose. Hence
    /// Cᵀ = op(B)ᵀ·op(A)ᵀ is asked for: the operands change places, rows and columns change places, and each operand
    /// keeps its transposition, because it is transposed once by how it is read and once by what is asked for.
    /// </summary>
    public static ColumnMajorProduct Of(in MatrixProduct p) => new(
        p.TransposeB, p.TransposeA, p.Columns, p.Rows, p.Inner,
        p.B, p.RowStrideB, p.BatchStrideB, p.A, p.RowStrideA, p.BatchStrideA,
        p.Beta, p.C, p.RowStrideC, p.BatchStrideC, p.Batch);
}
