using System.Runtime.Intrinsics.X86;

namespace IadNative.Tests.Emulator;

/// <summary>Which build of emulator and kernels runs.</summary>
internal enum EmulatorMode
{
    /// <summary>Optimised; guard pages, canaries, poison and misused barriers and collectives are noticed.</summary>
    Fast,

    /// <summary>Each memory access is checked too: races, bounds, unwritten memory, alignment. Much slower.</summary>
    Check,
}

/// <summary>Builds the emulator's library and one library for each kernel file.</summary>
internal static class EmulatorBuild
{
    private static readonly string[] s_common =
        ["-std=c++17", "-fPIC", "-fvisibility=hidden", "-g1", "-Wall", "-Wextra", "-Werror"];

    private static readonly string[] s_link = ["-shared", "-Wl,-z,defs"];

    // What the emulator is compared with multiplies and adds in two roundings, too.
    private static readonly string[] s_kernel =
    [
        "-ffp-contract=off", "-fno-math-errno", "-fno-exceptions", "-fno-rtti",
        "-Wno-unused-function", "-Wno-pass-failed", "-Wno-unknown-pragmas",
        .. Avx2.IsSupported && Fma.IsSupported && Bmi2.IsSupported ? ["-march=x86-64-v3"] : (string[])[],
    ];

    /// <summary>The path of the emulator's own library.</summary>
    public static string Runtime(EmulatorMode mode)
    {
        ClangCompiler clang = ClangCompiler.Instance;
        string[] options = [.. s_common, "-O2", .. mode == EmulatorMode.Check ? ["-DEMU_CHECK"] : (string[])[]];
        return BuildCache.GetOrAdd(
            "emulator.so", [clang.Version, .. options, .. s_link, .. KernelSources.RuntimeInputs],
            output => clang.RunOrThrow(
            [
                .. options, .. s_link, Path.Combine(KernelSources.RuntimeFolder, "emulator.cpp"),
                "-o", output, "-ldl", "-lrt",
            ]));
    }

    /// <summary>The path of the library of a kernel file, which needs the one of <see cref="Runtime"/>.</summary>
    public static string KernelLibrary(string file, EmulatorMode mode)
    {
        ClangCompiler clang = ClangCompiler.Instance;
        string runtime = Runtime(mode);
        string[] options =
        [
            .. s_common, .. s_kernel,
            .. mode == EmulatorMode.Fast ? ["-O2"] : (string[])
            [
                "-O1", "-fsanitize=thread,bounds,alignment", "-mllvm", "-tsan-distinguish-volatile=1",
                "-mllvm", "-tsan-instrument-read-before-write=1", "-mllvm", "-tsan-instrument-func-entry-exit=0",
            ],
        ];
        return BuildCache.GetOrAdd(
            Path.GetFileName(file) + ".so",
            [clang.Version, Path.GetFileName(runtime), file, .. options, .. s_link, .. KernelSources.InputsOf(file)],
            output =>
            {
                string source = Path.ChangeExtension(output, ".cpp"), binary = Path.ChangeExtension(output, ".o");
                try
                {
                    File.WriteAllText(source, Wrapper(file));
                    clang.RunOrThrow(
                    [
                        .. options, "-c", "-include", Path.Combine(KernelSources.ShimFolder, "emulator.h"),
                        "-I", Path.GetDirectoryName(file)!, "-I", KernelSources.KernelFolder, "-I", KernelSources.ShimFolder, source, "-o", binary,
                    ]);
                    // Linked without -fsanitize: the emulator is the sanitizers' runtime.
                    clang.RunOrThrow([.. s_link, binary, runtime, "-Wl,-rpath,$ORIGIN", "-lm", "-o", output]);
                }
                finally
                {
                    File.Delete(source);
                    File.Delete(binary);
                }
            });
    }

    private static string Wrapper(string file)
    {
        string[] kernels = PtxCompiler.Entries(PtxCompiler.Compile(file, "sm_80"));
        return $"""
            #include "{file}"
            #include "kernel_file.h"
            EMU_KERNELS({string.Join(", ", kernels.Select(kernel => $"EMU_KERNEL({kernel})"))})

            """;
    }
}
