using IadNative.Cuda.Interop;

namespace IadNative.Cuda.Runtime;

/// <summary>
/// Matrix products on one stream: a cuBLAS handle, whose workspace is its own, of the size that NVIDIA recommends, so that products can be
/// recorded and give the same bits in every run. Two streams need one each: products side by side would share a workspace.
/// </summary>
internal sealed class StreamProducts
{
    private readonly BlasApi _blas;
    private readonly nint _handle;

    /// <param name="api">The driver.</param>
    /// <param name="blas">cuBLAS.</param>
    /// <param name="cleanup">Releases handle and workspace.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="computeMajor">Major compute capability of its device.</param>
    /// <param name="allowTf32">See <see cref="CudaOptions.AllowTf32"/>.</param>
    public StreamProducts(DriverApi api, BlasApi blas, Cleanup cleanup, nint stream, int computeMajor, bool allowTf32)
    {
        const long mebibyte = 1 << 20;
        long bytes = (computeMajor >= 9 ? 32 : 4) * mebibyte;
        _blas = blas;
        ulong workspace = api.cuMemAlloc_v2(bytes);
        cleanup.Push(() => api.cuMemFree_v2(workspace));
        _handle = blas.cublasCreate_v2();
        cleanup.Push(() => blas.cublasDestroy_v2(_handle));
        blas.cublasSetStream_v2(_handle, stream); // takes a workspace away, and so comes first
        blas.cublasSetWorkspace_v2(_handle, workspace, bytes);
        blas.cublasSetMathMode(_handle, allowTf32);
        blas.cublasSetAtomicsMode(_handle);
    }

    /// <summary>Gives the stream a batch of products.</summary>
    public void Multiply(in MatrixProduct product) => _blas.cublasSgemmStridedBatched(_handle, ColumnMajorProduct.Of(product));
}
