namespace IadNative.Cuda.Compilation;

/// <summary>Compiles kernels; from several threads at a time.</summary>
internal interface IKernelCompiler
{
    /// <summary>The compiler and its version, such as <c>NVRTC 12.4</c>.</summary>
    string Version { get; }

    /// <summary>A cubin, or PTX with a closing zero, as the program's architecture says.</summary>
    /// <exception cref="KernelCompilationException">The source has errors.</exception>
    byte[] Compile(KernelProgram program);
}
