using System.Runtime.ExceptionServices;

namespace IadNative.Cuda.Compilation;

/// <summary>Compiles several programs at a time: each is a single thread's work.</summary>
internal static class ParallelCompilation
{
    /// <summary>What a compiler makes of programs, in their order. Where several fail, the first one's exception is thrown.</summary>
    public static byte[][] Compile(IKernelCompiler compiler, IReadOnlyList<KernelProgram> programs)
    {
        var codes = new byte[programs.Count][];
        if (programs.Count == 1)
        {
            codes[0] = compiler.Compile(programs[0]);
            return codes;
        }

        var failures = new Exception?[programs.Count];
        Parallel.For(0, programs.Count, i =>
        {
            try
            {
                codes[i] = compiler.Compile(programs[i]);
            }
            catch (Exception e)
            {
                failures[i] = e;
            }
        });
        if (Array.Find(failures, failure => failure is not null) is { } first) ExceptionDispatchInfo.Throw(first);
        return codes;
    }
}
