namespace IadNative.Cuda.Compilation;

/// <summary>Compiles several programs at a time, each of which is the work of one thread.</summary>
internal static class ParallelCompilation
{
    /// <summary>What a compiler makes of programs, in their order. Where several fail, the first one's exception is thrown.</summary>
    public static byte[][] Compile(IKernelCompiler compiler, IReadOnlyList<KernelProgram> programs)
    {
        if (programs.Count == 1) return [compiler.Compile(programs[0])];
        Task<byte[]>[] compilations = [.. programs.Select(program => Task.Run(() => compiler.Compile(program)))];
        try
        {
            Task.WaitAll(compilations);
        }
        catch (AggregateException)
        {
            // All have ended; the first failure in order is thrown below, as it was.
        }

        return [.. compilations.Select(compilation => compilation.GetAwaiter().GetResult())];
    }
}
