using IadNative.Cuda.Interop;

namespace IadNative.Cuda.Runtime;

/// <summary>
/// A second stream, for products that stand aside (<see cref="MatrixProduct.IsAside"/>). Each waits for all that the main stream was given
/// before it; the main stream waits for them where they are joined. Both wait by an event, which a recording takes as an edge of its graph: the
/// second stream is recorded along from the first such event until it is joined.
/// </summary>
internal sealed class SideStream
{
    private readonly DriverApi _api;
    private readonly StreamProducts _products;
    private readonly nint _main, _side, _meeting;
    private bool _isApart; // it has work that the main stream does not wait for yet

    /// <param name="api">The driver.</param>
    /// <param name="blas">cuBLAS.</param>
    /// <param name="cleanup">Releases stream, event and handle.</param>
    /// <param name="main">The stream beside which this one is.</param>
    /// <param name="computeMajor">Major compute capability of its device.</param>
    /// <param name="allowTf32">See <see cref="CudaOptions.AllowTf32"/>.</param>
    public SideStream(DriverApi api, BlasApi blas, Cleanup cleanup, nint main, int computeMajor, bool allowTf32)
    {
        (_api, _main) = (api, main);
        _side = api.cuStreamCreate();
        cleanup.Push(() => api.cuStreamDestroy_v2(_side));
        _meeting = api.cuEventCreate();
        cleanup.Push(() => api.cuEventDestroy_v2(_meeting));
        _products = new StreamProducts(api, blas, cleanup, _side, computeMajor, allowTf32);
    }

    /// <summary>A batch of products that nothing of the main stream waits for until <see cref="Join"/>.</summary>
    public void Multiply(in MatrixProduct product)
    {
        Await(_main, _side);
        _isApart = true;
        _products.Multiply(product);
    }

    /// <summary>Makes the main stream wait for all products.</summary>
    /// <returns>Whether there were any since the last time.</returns>
    public bool Join()
    {
        if (!_isApart) return false;
        _isApart = false; // whatever happens now: on a lost device too
        Await(_side, _main);
        return true;
    }

    // An event may be recorded anew as soon as a stream was told to wait for it: that one waits for what it stood for.
    private void Await(nint ahead, nint behind)
    {
        _api.cuEventRecord(_meeting, ahead);
        _api.cuStreamWaitEvent(behind, _meeting);
    }
}
