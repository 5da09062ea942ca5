namespace IadNative.Tests.Emulator;

/// <summary>Every kernel file is CUDA C++ within the limits of a GPU, as far as a machine without CUDA can tell.</summary>
[Category("Emulator")]
public sealed class CompileCheckTests
{
    /// <summary>Kernel source and what must be said of it; in the sources, k is the kernel and P its structure.</summary>
    private static readonly TestCaseData[] s_rejected =
    [
        Case("a function that is not declared", "KERNEL { a.f[0] = foo(a.f[1]); }", "undeclared identifier 'foo'"),
        Case(
            "a host function",
            "static float h(float x) { return x; } KERNEL { a.f[0] = h(a.f[1]); }",
            "call to __host__ function from __global__ function"),
        Case("a C header", "#include <stdint.h>\nKERNEL { a.u[0] = 1; }", "'stdint.h' file not found"),
        Case("a C++ header", "#include <cmath>\nKERNEL { a.f[0] = 1; }", "'cmath' file not found"),
        Case(
            "80 KB of static shared memory",
            "KERNEL { __shared__ float s[20000]; s[threadIdx.x] = 1; __syncthreads(); a.f[0] = s[255 - threadIdx.x]; }",
            "80000 bytes of static shared memory"),
        Case(
            "unknown inline assembly",
            "KERNEL { asm volatile(\"frobnicate.f32 %0, %1;\" : \"=f\"(a.f[0]) : \"f\"(a.f[1])); }",
            "'frobnicate.f32' is not a reviewed"),
        Case(
            "a compiler's builtin",
            "KERNEL { a.u[0] = __builtin_bitreverse32(a.u[1]); }",
            "'__builtin_bitreverse32' is not in the language"),
        Case(
            "a compiler's vector",
            "typedef float v4 __attribute__((ext_vector_type(4))); KERNEL { *(v4*)a.f = *(v4*)a.u; }",
            "'__attribute__' is not in the language"),
        Case(
            "plain dynamic shared memory",
            "KERNEL { extern __shared__ float sm[]; a.f[0] = sm[0]; }",
            "'extern __shared__' is not in the language"),
        Case(
            "conflicting dynamic shared memory",
            "KERNEL { extern __shared__ float sm[]; a.f[0] = sm[0]; } extern \"C\" __global__ void k2(const P a) { "
            + "extern __shared__ unsigned sm[]; a.u[0] = sm[0]; }",
            "'sm' with a different type"),
        Case(
            "shared memory with initial values",
            "KERNEL { __shared__ float s[2] = {1, 2}; a.f[0] = s[1]; }",
            "initialization is not supported for __shared__"),
        Case(
            "an array of variable length",
            "KERNEL { int b[a.n]; b[0] = 1; a.u[0] = b[a.n - 1]; }",
            "variable length array"),
        Case(
            "double where float is meant",
            "KERNEL { a.f[0] = a.f[1] * 0.1; }",
            "implicit conversion increases floating-point precision"),
        Case(
            "8 KB of parameters",
            "struct Q { float b[2000]; float* f; }; "
            + "extern \"C\" __global__ void k(const Q a) { a.f[0] = a.b[threadIdx.x]; }",
            "8008 bytes of parameters"),
        Case(
            "blocks of 2048 threads",
            "extern \"C\" __global__ void __launch_bounds__(2048) k(const P a) { a.f[0] = 1; }",
            "launch bounds of more than 1024"),
        Case(
            "a kernel that returns a value",
            "extern \"C\" __global__ int k(const P a) { return a.n; }",
            "must have void return type"),
        Case(
            "a shuffle without a mask",
            "KERNEL { a.u[0] = __shfl_down(a.u[1], 1); }",
            "undeclared identifier '__shfl_down'"),
        Case(
            "a failed static assertion",
            "template <int N> struct T { static_assert(N > 0, \"x\"); }; KERNEL { a.u[0] = sizeof(T<0>); }",
            "static assertion failed"),
        Case(
            "a write to what is const",
            "KERNEL { const float* f = a.f; f[0] = 1; }",
            "read-only variable is not assignable"),
        Case("a shift by more than the width", "KERNEL { a.u[0] = 1 << 40; }", "shift count >= width of type"),
        Case(
            "C++20",
            "template <class T> concept C = sizeof(T) == 4; KERNEL { a.u[0] = 1; }",
            "unknown type name 'concept'"),
        Case(
            "two parameters",
            "extern \"C\" __global__ void k(const P a, int n) { a.u[0] = n; }",
            "exactly one structure by value"),
        Case(
            "a parameter that is no structure",
            "extern \"C\" __global__ void k(float* f) { f[0] = 1; }",
            "exactly one structure by value"),
        Case(
            "a condition on active lanes",
            "KERNEL { a.u[0] = __activemask(); }",
            "'__activemask' is not in the language"),
    ];

    private static readonly TestCaseData[] s_accepted =
    [
        Case("copies of built-in vectors", "KERNEL { uint3 t = threadIdx; dim3 b = blockDim; a.u[0] = t.x + b.x; }"),
        Case(
            "recursion",
            "static __device__ int r(int n) { return n < 2 ? 1 : r(n - 1) + r(n - 2); } KERNEL { a.u[0] = r(a.n); }"),
        Case(
            "if constexpr and lambdas",
            "KERNEL { auto f = [=] __device__(unsigned x) { return x + 1; }; a.u[0] = f(a.u[1]); if "
            + "constexpr (sizeof(int) == 4) a.u[1] = 2; }"),
        Case(
            "dynamic shared memory of two types",
            "#include \"common.cuh\"\nKERNEL { DYN_SHARED(float, s); a.f[0] = s[0]; } "
            + "extern \"C\" __global__ void k2(const P a) { DYN_SHARED(double, s); a.f[0] = (float)s[0]; }"),
    ];

    [OneTimeSetUp]
    public void NeedsCompiler() => ClangCompiler.IgnoreIfMissing();

    [Test]
    public void Every_kernel_file_compiles_to_ptx_within_the_limits([Values("sm_80", "sm_90")] string architecture)
    {
        string[] files = [.. KernelSources.KernelFiles, .. KernelSources.FilesIn(KernelSources.SampleFolder, "*.cu")];
        Assert.Multiple(() =>
        {
            foreach (string file in files)
            {
                Assert.That(Problems(file, architecture), Is.Empty, file);
                Assert.That(PtxCompiler.Entries(PtxCompiler.Compile(file, architecture)), Is.Not.Empty, file);
            }
        });
    }

    [Test]
    public void No_header_of_the_kernels_uses_a_compilers_extensions() =>
        Assert.That(
            KernelSources.FilesIn(KernelSources.KernelFolder, "*.cuh").Where(path => Path.GetFileName(path) != "common.cuh")
                .SelectMany(path => PtxLint.Check("", File.ReadAllText(path))),
            Is.Empty);

    [TestCaseSource(nameof(s_rejected))]
    public void Rejects(string source, string diagnosis) =>
        Assert.That(Problems(WriteSnippet(source), "sm_80"), Does.Contain(diagnosis));

    [TestCaseSource(nameof(s_accepted))]
    public void Accepts(string source) => Assert.That(Problems(WriteSnippet(source), "sm_90"), Is.Empty);

    private static string Problems(string file, string architecture)
    {
        try
        {
            return string.Join('\n', PtxLint.Check(PtxCompiler.Compile(file, architecture), File.ReadAllText(file)));
        }
        catch (InvalidOperationException exception)
        {
            return exception.Message;
        }
    }

    private static string WriteSnippet(string source)
    {
        string text = "struct P { float* f; unsigned* u; int n; };\n"
            + source.Replace("KERNEL", "extern \"C\" __global__ void k(const P a)");
        return BuildCache.GetOrAdd("snippet.cu", [text], path => File.WriteAllText(path, text));
    }

    private static TestCaseData Case(string name, params object[] sourceAndDiagnosis) =>
        new TestCaseData(sourceAndDiagnosis).SetArgDisplayNames(name);
}
