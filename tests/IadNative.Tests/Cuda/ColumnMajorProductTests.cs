using IadNative.Cuda;
using IadNative.Cuda.Interop;

namespace IadNative.Tests.Cuda;

public sealed class ColumnMajorProductTests
{
    /// <summary>All matrices are in one memory of floats, their addresses places in it, their lines padded.</summary>
    [Test]
    public void A_column_major_product_of_its_arguments_is_the_row_major_product(
        [Values] bool transposeA, [Values] bool transposeB, [Values(0f, 1f)] float beta, [Values] bool shareA)
    {
        const int rows = 3, columns = 4, inner = 5, batch = 2, padding = 2;
        int strideA = (transposeA ? rows : inner) + padding, linesA = transposeA ? inner : rows;
        int strideB = (transposeB ? inner : columns) + padding, linesB = transposeB ? columns : inner;
        const int strideC = columns + padding;
        int b = batch * linesA * strideA, c = b + (batch * linesB * strideB);
        float[] memory = [.. Enumerable.Range(0, c + (batch * rows * strideC)).Select(i => (float)((i * 29) % 17) - 8)];
        MatrixProduct product = new()
        {
            Rows = rows, Columns = columns, Inner = inner, Batch = batch, Beta = beta,
            A = 0, TransposeA = transposeA, RowStrideA = strideA, BatchStrideA = shareA ? 0 : linesA * strideA,
            B = (ulong)b, TransposeB = transposeB, RowStrideB = strideB, BatchStrideB = linesB * strideB,
            C = (ulong)c, RowStrideC = strideC, BatchStrideC = rows * strideC,
        };

        float[] expected = [.. memory];
        for (int r = 0; r < batch; r++)
        {
            for (int i = 0; i < rows; i++)
            {
                for (int j = 0; j < columns; j++)
                {
                    float sum = 0;
                    for (int k = 0; k < inner; k++)
                    {
                        sum += memory[(r * (int)product.BatchStrideA) + (transposeA ? (k * strideA) + i : (i * strideA) + k)]
                            * memory[b + (r * linesB * strideB) + (transposeB ? (j * strideB) + k : (k * strideB) + j)];
                    }

                    ref float to = ref expected[c + (r * rows * strideC) + (i * strideC) + j];
                    to = sum + (beta * to);
                }
            }
        }

        Multiply(ColumnMajorProduct.Of(product), memory);
        Assert.That(memory, Is.EqualTo(expected)); // Sums of small integers are exact.
    }

    [Test]
    public void Lines_are_as_long_as_cuBLAS_demands([Values] bool transposeA, [Values] bool transposeB)
    {
        ColumnMajorProduct p = ColumnMajorProduct.Of(new MatrixProduct
        {
            Rows = 3, Columns = 4, Inner = 5, Batch = 1, A = 0, B = 0, C = 0,
            TransposeA = transposeA, RowStrideA = transposeA ? 3 : 5,
            TransposeB = transposeB, RowStrideB = transposeB ? 5 : 4, RowStrideC = 4,
        });
        Assert.Multiple(() =>
        {
            Assert.That(p.LeadingA, Is.EqualTo(p.TransposeA ? p.K : p.M));
            Assert.That(p.LeadingB, Is.EqualTo(p.TransposeB ? p.N : p.K));
            Assert.That(p.LeadingC, Is.EqualTo(p.M));
        });
    }

    /// <summary>What BLAS says a column-major product is.</summary>
    private static void Multiply(in ColumnMajorProduct p, float[] memory)
    {
        for (int r = 0; r < p.Batch; r++)
        {
            int a = (int)p.A + (r * (int)p.StrideA), b = (int)p.B + (r * (int)p.StrideB);
            int c = (int)p.C + (r * (int)p.StrideC);
            for (int j = 0; j < p.N; j++)
            {
                for (int i = 0; i < p.M; i++)
                {
                    float sum = 0;
                    for (int k = 0; k < p.K; k++)
                    {
                        sum += memory[a + (p.TransposeA ? k + (i * p.LeadingA) : i + (k * p.LeadingA))]
                            * memory[b + (p.TransposeB ? j + (k * p.LeadingB) : k + (j * p.LeadingB))];
                    }

                    ref float to = ref memory[c + i + (j * p.LeadingC)];
                    to = sum + (p.Beta * to);
                }
            }
        }
    }
}
