using IadNative.Cuda.Interop;

namespace IadNative.Cuda.Compilation;

/// <summary>Compiles kernels with NVRTC.</summary>
internal sealed class NvrtcCompiler : IKernelCompiler
{
    private readonly NvrtcApi _api;

    public NvrtcCompiler(NvrtcApi api)
    {
        _api = api;
        (int major, int minor) = api.nvrtcVersion();
        Number = $"{major}.{minor}";
    }

    /// <summary>NVRTC's version alone, such as <c>12.4</c>.</summary>
    public string Number { get; }

    public string Version => "NVRTC " + Number;

    /// <summary>What to compile for, given a device.</summary>
    /// <exception cref="CudaUnavailableException">NVRTC no longer compiles for a device that old.</exception>
    public string ArchitectureFor(int computeMajor, int computeMinor) =>
        KernelArchitecture.Choose(computeMajor, computeMinor, _api.nvrtcGetSupportedArchs())
        ?? throw new CudaUnavailableException(
            $"{Version} ({_api.Library.Path}) does not compile for devices of compute capability "
            + $"{computeMajor}.{computeMinor}. Install NVRTC of an older CUDA (12.0 or newer), and set "
            + $"{LibrarySearch.PathVariable} to its folder.");

    public byte[] Compile(KernelProgram program)
    {
        using Utf8Strings headers = new([.. program.Headers.Select(header => header.Value)]);
        using Utf8Strings names = new([.. program.Headers.Select(header => header.Key)]);
        using Utf8Strings options = new(program.Options);
        nint handle = _api.nvrtcCreateProgram(program.Source, program.File, headers, names, program.Headers.Count);
        try
        {
            if (!_api.nvrtcCompileProgram(handle, options, program.Options.Count))
            {
                throw new KernelCompilationException(
                    program, $"{Version} ({_api.Library.Path})", NvrtcApi.CompilationError,
                    _api.nvrtcGetProgramLog(handle));
            }

            return KernelArchitecture.IsVirtual(program.Architecture)
                ? _api.nvrtcGetPTX(handle)
                : _api.nvrtcGetCUBIN(handle);
        }
        finally
        {
            _api.nvrtcDestroyProgram(handle);
        }
    }
}
