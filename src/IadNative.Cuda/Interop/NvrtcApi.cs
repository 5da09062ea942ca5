using static IadNative.Cuda.Interop.Utf8Strings;

namespace IadNative.Cuda.Interop;

/// <summary>The entry points of NVRTC.</summary>
internal sealed unsafe class NvrtcApi(LoadedLibrary library) : NativeApi(library)
{
    /// <summary>The status of a compilation that found errors in the source.</summary>
    public const int CompilationError = 6;

    private nint _version, _numSupportedArchs, _supportedArchs, _createProgram, _compileProgram, _destroyProgram;
    private nint _logSize, _log, _cubinSize, _cubin, _ptxSize, _ptx, _errorString;

    public (int Major, int Minor) nvrtcVersion()
    {
        int major, minor;
        Check(((delegate* unmanaged<int*, int*, int>)Resolve(ref _version))(&major, &minor));
        return (major, minor);
    }

    /// <summary>Ten times the major compute capability plus the minor one, of all that it compiles for, ascending.</summary>
    public int[] nvrtcGetSupportedArchs()
    {
        int count;
        const string countCall = "nvrtcGetNumSupportedArchs";
        Check(((delegate* unmanaged<int*, int>)Resolve(ref _numSupportedArchs, countCall))(&count), countCall);
        int[] architectures = new int[count];
        fixed (int* first = architectures)
            Check(((delegate* unmanaged<int*, int>)Resolve(ref _supportedArchs))(first));
        return architectures;
    }

    public nint nvrtcCreateProgram(string source, string name, Utf8Strings headers, Utf8Strings headerNames, int headerCount)
    {
        nint program;
        fixed (byte* sourceText = ZeroTerminated(source), nameText = ZeroTerminated(name))
        {
            Check(((delegate* unmanaged<nint*, byte*, byte*, int, byte**, byte**, int>)Resolve(ref _createProgram))(
                &program, sourceText, nameText, headerCount, headers.Pointer, headerNames.Pointer));
        }

        return program;
    }

    /// <summary>Compiles, and says whether the source had no errors.</summary>
    public bool nvrtcCompileProgram(nint program, Utf8Strings options, int optionCount)
    {
        int status = ((delegate* unmanaged<nint, int, byte**, int>)Resolve(ref _compileProgram))(
            program, optionCount, options.Pointer);
        if (status != CompilationError)
            Check(status);
        return status == 0;
    }

    public string nvrtcGetProgramLog(nint program)
    {
        byte[] log = new byte[Size(program, ref _logSize, "nvrtcGetProgramLogSize") + 1];
        fixed (byte* first = log)
        {
            Check(((delegate* unmanaged<nint, byte*, int>)Resolve(ref _log))(program, first));
            return Read(first);
        }
    }

    public byte[] nvrtcGetCUBIN(nint program)
    {
        byte[] cubin = new byte[Size(program, ref _cubinSize, "nvrtcGetCUBINSize")];
        fixed (byte* first = cubin)
            Check(((delegate* unmanaged<nint, byte*, int>)Resolve(ref _cubin))(program, first));
        return cubin;
    }

    /// <summary>The PTX text with its closing zero.</summary>
    public byte[] nvrtcGetPTX(nint program)
    {
        byte[] ptx = new byte[Size(program, ref _ptxSize, "nvrtcGetPTXSize")];
        fixed (byte* first = ptx)
            Check(((delegate* unmanaged<nint, byte*, int>)Resolve(ref _ptx))(program, first));
        return ptx;
    }

    public void nvrtcDestroyProgram(nint program) =>
        Check(((delegate* unmanaged<nint*, int>)Resolve(ref _destroyProgram))(&program));

    protected override CudaException Failure(string call, int status, string? attempted = null)
    {
        var getText = (delegate* unmanaged<int, byte*>)Resolve(ref _errorString, "nvrtcGetErrorString");
        return new CudaException(call, status, $"{Read(getText(status))} ({Library.Path}).");
    }

    private nuint Size(nint program, ref nint address, string call)
    {
        nuint size;
        Check(((delegate* unmanaged<nint, nuint*, int>)Resolve(ref address, call))(program, &size), call);
        return size;
    }
}
