namespace IadNative.Cuda.Interop;

/// <summary>A library of CUDA, and what its files are called.</summary>
internal sealed class CudaLibrary
{
    /// <summary>The oldest CUDA that is supported.</summary>
    public const int OldestMajor = 12;

    /// <summary>The driver, which NVIDIA's display driver installs; its file name has no CUDA version.</summary>
    public static readonly CudaLibrary Driver = new("NVIDIA driver", _ => "libcuda.so.1", _ => "nvcuda.dll", wheel: "");

    /// <summary>NVRTC, the run-time compiler, with the built-ins that it opens by name when it compiles.</summary>
    public static readonly CudaLibrary Nvrtc = new(
        "NVRTC", major => $"libnvrtc.so.{major}", major => $"nvrtc64_{major}0_0.dll", "cuda_nvrtc",
        major => $"libnvrtc-builtins.so.{major}.*", major => $"nvrtc-builtins64_{major}*.dll");

    /// <summary>
    /// NVRTC of CUDA 11.2 to 11.8, whose file names have a minor version. The engine takes none so old; tests compile its kernels with it,
    /// since it can be had where no newer one can.
    /// </summary>
    public static readonly CudaLibrary Nvrtc11 = new(
        "NVRTC", major => $"libnvrtc.so.{major}.2", major => $"nvrtc64_{major}2_0.dll", "cuda_nvrtc",
        major => $"libnvrtc-builtins.so.{major}.*", major => $"nvrtc-builtins64_{major}*.dll", oldest: 11);

    /// <summary>cuBLAS, with the library that it is linked to.</summary>
    public static readonly CudaLibrary Blas = new(
        "cuBLAS", major => $"libcublas.so.{major}", major => $"cublas64_{major}.dll", "cublas",
        major => $"libcublasLt.so.{major}", major => $"cublasLt64_{major}.dll");

    private readonly Func<int, string> _linuxName;
    private readonly Func<int, string> _windowsName;
    private readonly Func<int, string>? _linuxCompanion;
    private readonly Func<int, string>? _windowsCompanion;
    private readonly int _oldest;

    private CudaLibrary(
        string title, Func<int, string> linuxName, Func<int, string> windowsName, string wheel,
        Func<int, string>? linuxCompanion = null, Func<int, string>? windowsCompanion = null, int oldest = OldestMajor)
    {
        Title = title;
        Wheel = wheel;
        _linuxName = linuxName;
        _windowsName = windowsName;
        _linuxCompanion = linuxCompanion;
        _windowsCompanion = windowsCompanion;
        _oldest = oldest;
    }

    /// <summary>What users call it.</summary>
    public string Title { get; }

    /// <summary>Its folder below <c>nvidia/</c> in NVIDIA's Python wheels of CUDA 12; empty for the driver.</summary>
    public string Wheel { get; }

    /// <summary>
    /// Its file names, newest first. A driver runs libraries of its own CUDA version and of older ones, not of newer ones.
    /// </summary>
    /// <param name="windows">Whether for Windows; otherwise for Linux.</param>
    /// <param name="newestMajor">CUDA version of the driver.</param>
    public IEnumerable<CudaLibraryFile> Files(bool windows, int newestMajor)
    {
        int oldest = this == Driver ? newestMajor : _oldest;
        for (int major = newestMajor; major >= oldest; major--)
        {
            yield return windows
                ? new CudaLibraryFile(_windowsName(major), _windowsCompanion?.Invoke(major))
                : new CudaLibraryFile(_linuxName(major), _linuxCompanion?.Invoke(major));
        }
    }
}

/// <summary>One file name of a library.</summary>
/// <param name="Name">The name that the loader knows.</param>
/// <param name="Companions">
/// Pattern of the files beside it that it needs and that the loader may not find by itself; loaded first.
/// </param>
internal readonly record struct CudaLibraryFile(string Name, string? Companions);
