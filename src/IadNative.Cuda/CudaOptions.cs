using IadNative.Cuda.Compilation;
using IadNative.Cuda.Interop;

namespace IadNative.Cuda;

/// <summary>How CUDA is found and used.</summary>
public sealed record CudaOptions
{
    /// <summary>
    /// A folder to look for NVIDIA's libraries in before all others, or the root of a CUDA toolkit. Null for what the
    /// environment variable IAD_CUDA_PATH says, if anything.
    /// </summary>
    public string? LibraryPath { get; init; }

    /// <summary>
    /// Whether matrix products may round their factors to TF32, which keeps 10 bits of each mantissa: faster, and no longer
    /// comparable with float32 results.
    /// </summary>
    public bool AllowTf32 { get; init; }

    /// <summary>
    /// Whether launches are recorded once and replayed as CUDA graphs: those of an epoch, of scoring, and between two rounds;
    /// without, each is a call of its own, which is slower and gives the same bits.
    /// </summary>
    public bool UseGraphs { get; init; } = true;

    /// <summary>
    /// Whether an epoch of training is one kernel where the network is small enough: dense layers of up to 64 units, trained as Deep SVDD,
    /// with a soft boundary or as an autoencoder. Without, every operation is a kernel, which is slower; sums are then rounded in another
    /// order.
    /// </summary>
    public bool UseFusion { get; init; } = true;

    /// <summary>
    /// The folder that keeps compiled kernels from run to run, or <c>off</c> to compile them in every run. Null for what
    /// the environment variable IAD_KERNEL_CACHE says, otherwise the user's cache folder.
    /// </summary>
    public string? KernelCache { get; init; }

    /// <summary>Told, in a sentence, what works but not as well as it could; null to ignore it.</summary>
    public Action<string>? Warn { get; init; }

    /// <summary>The kernels; those embedded in this assembly unless a test brings its own.</summary>
    internal KernelSources Sources { get; init; } = KernelSources.Embedded;

    /// <summary>
    /// Whether launches may overlap: a kernel may begin while the one before it is at work (programmatic dependent launch), and products that
    /// stand aside run on a stream of their own. It is for kernels that wait for the end of the one before by themselves, which those of this
    /// assembly do not, on compute capability 9.0 or newer and a driver for CUDA 12.3 or newer. The bits are the same.
    /// </summary>
    internal bool UseOverlap { get; init; }

    /// <summary>Where libraries are looked for.</summary>
    internal LibrarySearch Search
    {
        get => field ?? new LibrarySearch { ExplicitPath = LibraryPath };
        init;
    }
}
