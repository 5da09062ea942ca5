namespace IadNative.Cuda.Compilation;

/// <summary>A kernel file could not be compiled.</summary>
public sealed class KernelCompilationException : CudaException
{
    internal KernelCompilationException(KernelProgram program, string compiler, int status, string log)
        : base(
            "nvrtcCompileProgram", status,
            $"{program.File} does not compile for {program.Architecture} with {compiler}, options "
            + $"{string.Join(' ', program.Options)}. The compiler says:\n{log.TrimEnd()}")
    {
        File = program.File;
        Architecture = program.Architecture;
        Options = program.Options;
        Compiler = compiler;
        Log = log;
    }

    /// <summary>The kernel file, such as <c>adam.cu</c>.</summary>
    public string File { get; }

    /// <summary>What it was compiled for, such as <c>sm_90</c>.</summary>
    public string Architecture { get; }

    /// <summary>The compiler's options.</summary>
    public IReadOnlyList<string> Options { get; }

    /// <summary>The compiler, its version and its file.</summary>
    public string Compiler { get; }

    /// <summary>What the compiler wrote.</summary>
    public string Log { get; }
}
