namespace IadNative.Cuda;

/// <summary>
/// A strided batch of products C = op(A)·op(B) + beta·C of row-major float32 matrices, where op(A) is Rows × Inner, op(B) is
/// Inner × Columns and C is Rows × Columns. cuBLAS is column-major and so sees every row-major matrix transposed: it is asked
/// for Cᵀ = op(B)ᵀ·op(A)ᵀ, that is, A and B change places, Rows and Columns too, and nothing is copied.
/// </summary>
internal readonly record struct MatrixProduct
{
    /// <summary>Rows of op(A) and C.</summary>
    public required int Rows { get; init; }

    /// <summary>Columns of op(B) and C.</summary>
    public required int Columns { get; init; }

    /// <summary>Columns of op(A), rows of op(B).</summary>
    public required int Inner { get; init; }

    /// <summary>First matrix A of the batch.</summary>
    public required ulong A { get; init; }

    /// <summary>First matrix B of the batch.</summary>
    public required ulong B { get; init; }

    /// <summary>First matrix C of the batch.</summary>
    public required ulong C { get; init; }

    /// <summary>Whether op(A) is Aᵀ, A being stored Inner × Rows.</summary>
    public bool TransposeA { get; init; }

    /// <summary>Whether op(B) is Bᵀ, B being stored Columns × Inner.</summary>
    public bool TransposeB { get; init; }

    /// <summary>Floats between two rows of A as stored.</summary>
    public required int RowStrideA { get; init; }

    /// <summary>Floats between two rows of B as stored.</summary>
    public required int RowStrideB { get; init; }

    /// <summary>Floats between two rows of C.</summary>
    public required int RowStrideC { get; init; }

    /// <summary>Floats between two matrices A; 0 to share one.</summary>
    public long BatchStrideA { get; init; }

    /// <summary>Floats between two matrices B; 0 to share one.</summary>
    public long BatchStrideB { get; init; }

    /// <summary>Floats between two matrices C.</summary>
    public long BatchStrideC { get; init; }

    /// <summary>Products in the batch.</summary>
    public int Batch { get; init; }

    /// <summary>0 to overwrite C, 1 to add to it.</summary>
    public float Beta { get; init; }

    /// <summary>
    /// Whether it stands aside: nothing that the driver is given behind it writes what it reads, or reads or writes what it writes, until
    /// <see cref="ICudaDriver.Join"/>. It waits for all that was given before, and may run beside what comes behind.
    /// </summary>
    public bool IsAside { get; init; }
}
