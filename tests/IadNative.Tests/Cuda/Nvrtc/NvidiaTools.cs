using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using IadNative.Bench.Gpu.Lab;
using IadNative.Cuda.Compilation;
using IadNative.Cuda.Interop;
using KernelFiles = IadNative.Tests.Emulator.KernelSources;

namespace IadNative.Tests.Cuda.Nvrtc;

/// <summary>
/// NVIDIA's NVRTC, ptxas and cuobjdump of CUDA 11.8, as Debian packages them: below the folder that <see cref="Variable"/> names, which
/// <c>.ci/run</c> fills, or installed. Kernels go through the product's own loader and compiler.
/// </summary>
internal sealed partial class NvidiaTools
{
    /// <summary>The environment variable that names the folder.</summary>
    public const string Variable = "IAD_NVRTC";

    private static readonly Lazy<(NvidiaTools? Tools, string Reason)> s_search = new(Find);

    private readonly NvrtcCompiler _compiler;
    private readonly string _ptxas, _cuobjdump;

    private NvidiaTools(LoadedLibrary library, string ptxas, string cuobjdump)
    {
        Library = library;
        _compiler = new NvrtcCompiler(new NvrtcApi(library));
        _ptxas = ptxas;
        _cuobjdump = cuobjdump;
    }

    /// <summary>What reads machine code.</summary>
    public string Cuobjdump => _cuobjdump;

    /// <summary>NVRTC's library.</summary>
    public LoadedLibrary Library { get; }

    /// <summary>NVRTC and its version.</summary>
    public string Version => _compiler.Version;

    /// <summary>The names of the product's kernel files.</summary>
    public static string[] Files { get; } = [.. KernelFiles.KernelFiles.Select(path => Path.GetFileName(path))];

    /// <summary>The tools of this machine, or the running test is skipped.</summary>
    public static NvidiaTools OrIgnore()
    {
        if (s_search.Value.Tools is null)
            Assert.Ignore(s_search.Value.Reason);
        return s_search.Value.Tools!;
    }

    /// <summary>The folder of NVIDIA's driver beside the tools, or the running test is skipped.</summary>
    public static string DriverOrIgnore()
    {
        string folder = Path.Combine(Root(), "usr/lib/x86_64-linux-gnu/nvidia/current");
        if (!File.Exists(Path.Combine(folder, "libcuda.so.1")))
            Assert.Ignore($"There is no libcuda.so.1 in {folder}. On Debian 12, .ci/run fetches it from the package libcuda1 into a folder that {Variable} then names.");
        return folder;
    }

    /// <summary>What a kernel file compiles to: a cubin, or PTX with a closing zero.</summary>
    /// <param name="file">Its name.</param>
    /// <param name="architecture">Such as <c>sm_75</c> or <c>compute_90</c>.</param>
    /// <param name="appended">Text behind the file's own.</param>
    public byte[] Compile(KernelFile file, string architecture, string appended = "") => _compiler.Compile(Program(file, architecture, appended));

    /// <summary>The same of any program.</summary>
    public byte[] Compile(KernelProgram program) => _compiler.Compile(program);

    /// <summary>The machine code of a kernel file, as cuobjdump prints it.</summary>
    /// <param name="file">Its name.</param>
    /// <param name="architecture">Such as <c>sm_75</c>.</param>
    /// <param name="appended">Text behind the file's own.</param>
    public string Sass(KernelFile file, string architecture, string appended = "") => Sass(Program(file, architecture, appended));

    /// <summary>The same with headers that are changed.</summary>
    /// <param name="file">Its name.</param>
    /// <param name="architecture">Such as <c>sm_75</c>.</param>
    /// <param name="change">What becomes of the text of a header.</param>
    public string Sass(KernelFile file, string architecture, Func<string, string> change)
    {
        KernelProgram program = Program(file, architecture);
        return Sass(program with { Headers = [.. program.Headers.Select(header => KeyValuePair.Create(header.Key, change(header.Value)))] });
    }

    private string Sass(KernelProgram program)
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, _compiler.Compile(program));
            return Run(_cuobjdump, "-sass", path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>What every kernel of the product takes on an architecture, in the order of files and names.</summary>
    /// <param name="architecture">Such as <c>sm_75</c>.</param>
    public KernelResources[] Measure(string architecture)
    {
        List<KernelResources> all = [];
        byte[][] cubins = ParallelCompilation.Compile(_compiler, [.. Files.Select(file => Program(file, architecture))]);
        string folder = Directory.CreateTempSubdirectory("iad-nvrtc-").FullName;
        try
        {
            foreach ((string file, byte[] cubin) in Files.Zip(cubins))
            {
                string path = Path.Combine(folder, "kernels.cubin");
                File.WriteAllBytes(path, cubin);
                KernelResources[] measured = [.. Usage().Matches(Run(_cuobjdump, "-res-usage", path)).Select(match =>
                    new KernelResources(file, match.Groups[1].Value, Number(match, 2), Number(match, 3), Number(match, 4), Spilled: 0))];
                if (measured.Any(kernel => kernel.Stack > 0))
                {
                    // What is spilled lies on the stack, beside arrays; only the assembler tells one from the other.
                    Dictionary<string, int> spilled = Spills(file, architecture, folder);
                    measured = [.. measured.Select(kernel => kernel with { Spilled = spilled[kernel.Kernel] })];
                }

                all.AddRange(measured.OrderBy(kernel => kernel.Kernel, StringComparer.Ordinal));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        return [.. all];
    }

    /// <summary>What the only kernel of a file takes that is compiled for a shape.</summary>
    public KernelResources Measure(KernelFile file, string architecture)
    {
        string folder = Directory.CreateTempSubdirectory("iad-nvrtc-").FullName;
        try
        {
            string path = Path.Combine(folder, "kernels.cubin");
            File.WriteAllBytes(path, _compiler.Compile(KernelSources.Embedded.ProgramOf(file, architecture)));
            Match match = Usage().Matches(Run(_cuobjdump, "-res-usage", path)).Single();
            return new KernelResources(
                file.Name, match.Groups[1].Value, Number(match, 2), Number(match, 3), Number(match, 4), Spills(file, architecture, folder).Values.Single());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // By kernel, the bytes of a thread that are stored or loaded for want of registers.
    private Dictionary<string, int> Spills(KernelFile file, string architecture, string folder)
    {
        string path = Path.Combine(folder, "kernels.ptx");
        string target = architecture.Replace("sm_", "compute_", StringComparison.Ordinal);
        File.WriteAllBytes(path, _compiler.Compile(KernelSources.Embedded.ProgramOf(file, target))[..^1]);
        return SpilledBytes().Matches(Run(_ptxas, "-v", "-arch=" + architecture, path, "-o", path + ".cubin"))
            .ToDictionary(match => match.Groups[1].Value, match => Number(match, 2) + Number(match, 3));
    }

    private static KernelProgram Program(KernelFile file, string architecture, string appended = "")
    {
        KernelProgram program = KernelSources.Embedded.ProgramOf(file, architecture);
        return program with { Source = program.Source + appended };
    }

    private static (NvidiaTools? Tools, string Reason) Find()
    {
        string root = Root(), libraries = Path.Combine(root, "usr/lib/x86_64-linux-gnu"), programs = Path.Combine(root, "usr/bin");
        string ptxas = Path.Combine(programs, "ptxas"), cuobjdump = Path.Combine(programs, "cuobjdump");
        string[] needed = [Path.Combine(libraries, CudaLibrary.Nvrtc11.Files(windows: false, newestMajor: 11).Single().Name), ptxas, cuobjdump];
        if (needed.FirstOrDefault(path => !File.Exists(path)) is { } missing)
        {
            return (null, $"There is no {missing}. On Debian 12, .ci/run fetches it from the packages libnvrtc11.2, libnvrtc-builtins11.8 and "
                + $"nvidia-cuda-toolkit into a folder that {Variable} then names.");
        }

        LibrarySearch search = new() { ExplicitPath = libraries, Variable = _ => null };
        return (new NvidiaTools(LoadedLibrary.Load(CudaLibrary.Nvrtc11, search, newestMajor: 11), ptxas, cuobjdump), "");
    }

    private static string Root() => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } folder ? Path.GetFullPath(folder) : "/";

    private static string Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd() + errors.GetAwaiter().GetResult();
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero, $"{program} {string.Join(' ', arguments)}\n{output}");
        return output;
    }

    private static int Number(Match match, int group) => int.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"Function (\w+):\s+REG:(\d+) STACK:(\d+) SHARED:(\d+)")]
    private static partial Regex Usage();

    [GeneratedRegex(@"Function properties for (\w+)\s+\d+ bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads")]
    private static partial Regex SpilledBytes();
}
