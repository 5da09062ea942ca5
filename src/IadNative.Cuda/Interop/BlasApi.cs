using static IadNative.Cuda.Interop.Utf8Strings;

namespace IadNative.Cuda.Interop;

/// <summary>The entry points of cuBLAS.</summary>
internal sealed unsafe class BlasApi(LoadedLibrary library) : NativeApi(library)
{
    private const int AllocationFailed = 3;

    private nint _getProperty, _create, _destroy, _setStream, _setWorkspace, _setMathMode, _setAtomicsMode, _gemm;
    private nint _statusString;

    /// <summary>A part of the version: 0 major, 1 minor, 2 patch.</summary>
    public int cublasGetProperty(int property)
    {
        int value;
        Check(((delegate* unmanaged<int, int*, int>)Resolve(ref _getProperty))(property, &value));
        return value;
    }

    public nint cublasCreate_v2()
    {
        nint handle;
        Check(((delegate* unmanaged<nint*, int>)Resolve(ref _create))(&handle));
        return handle;
    }

    public void cublasDestroy_v2(nint handle) => Check(((delegate* unmanaged<nint, int>)Resolve(ref _destroy))(handle));

    /// <summary>Sets the stream, and takes the workspace away.</summary>
    public void cublasSetStream_v2(nint handle, nint stream) =>
        Check(((delegate* unmanaged<nint, nint, int>)Resolve(ref _setStream))(handle, stream));

    public void cublasSetWorkspace_v2(nint handle, ulong workspace, long bytes) =>
        Check(((delegate* unmanaged<nint, ulong, nuint, int>)Resolve(ref _setWorkspace))(handle, workspace, (nuint)bytes));

    /// <summary>Sets plain float32 arithmetic, or allows TF32.</summary>
    public void cublasSetMathMode(nint handle, bool tf32)
    {
        const int defaultMath = 0, tf32TensorOpMath = 3;
        int mode = tf32 ? tf32TensorOpMath : defaultMath;
        Check(((delegate* unmanaged<nint, int, int>)Resolve(ref _setMathMode))(handle, mode));
    }

    /// <summary>Forbids atomics, whose results differ from run to run.</summary>
    public void cublasSetAtomicsMode(nint handle)
    {
        const int notAllowed = 0;
        Check(((delegate* unmanaged<nint, int, int>)Resolve(ref _setAtomicsMode))(handle, notAllowed));
    }

    public void cublasSgemmStridedBatched(nint handle, in ColumnMajorProduct p)
    {
        float alpha = 1, beta = p.Beta;
        int status = ((delegate* unmanaged<nint, int, int, int, int, int, float*, ulong, int, long, ulong, int, long,
            float*, ulong, int, long, int, int>)Resolve(ref _gemm))(
            handle, p.TransposeA ? 1 : 0, p.TransposeB ? 1 : 0, p.M, p.N, p.K,
            &alpha, p.A, p.LeadingA, p.StrideA, p.B, p.LeadingB, p.StrideB,
            &beta, p.C, p.LeadingC, p.StrideC, p.Batch);
        if (status != 0)
        {
            throw Failure(
                nameof(cublasSgemmStridedBatched), status,
                $"multiplying {p.Batch} pairs of column-major matrices, m = {p.M}, n = {p.N}, k = {p.K}");
        }
    }

    protected override CudaException Failure(string call, int status, string? attempted = null)
    {
        string message =
            Read(((delegate* unmanaged<int, byte*>)Resolve(ref _statusString, "cublasGetStatusString"))(status))
            + (attempted is null ? "" : $", when {attempted}") + $" ({Library.Path}).";
        return status == AllocationFailed
            ? new CudaOutOfMemoryException(call, status, message + StatusAdvice.ForDriver(2))
            : new CudaException(call, status, message);
    }
}
