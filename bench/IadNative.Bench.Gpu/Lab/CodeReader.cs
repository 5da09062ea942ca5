using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using IadNative.Cuda;
using IadNative.Cuda.Compilation;
using IadNative.Cuda.Interop;

namespace IadNative.Bench.Gpu.Lab;

/// <summary>What a kernel takes, and its machine code.</summary>
/// <param name="Registers">Of a thread.</param>
/// <param name="SharedBytes">Of a block, without dynamic shared memory.</param>
/// <param name="Code">Its instructions.</param>
internal sealed record CompiledKernel(int Registers, int SharedBytes, SassKernel Code);

/// <summary>Compiles kernels as the product does, and reads with NVIDIA's cuobjdump what became of them. Needs no GPU.</summary>
internal sealed partial class CodeReader
{
    private const string Architecture = "sm_90";
    private const int NewestMajor = 13;

    private readonly NvrtcCompiler _compiler;
    private readonly KernelSources _sources;
    private readonly string _cuobjdump;
    private readonly Dictionary<KernelFile, Dictionary<string, CompiledKernel>> _files = [];

    /// <param name="cuobjdump">The program's path.</param>
    /// <param name="sources">The kernels.</param>
    /// <param name="nvrtc">NVRTC; null for the one of this machine.</param>
    /// <exception cref="CudaUnavailableException">There is no NVRTC.</exception>
    public CodeReader(string cuobjdump, KernelSources sources, LoadedLibrary? nvrtc = null)
    {
        (_cuobjdump, _sources) = (cuobjdump, sources);
        _compiler = new NvrtcCompiler(new NvrtcApi(nvrtc ?? Library()));
    }

    /// <summary>The compiler, and what it compiles for.</summary>
    public string Compiler => $"{_compiler.Version}, {Architecture}";

    /// <summary>A kernel.</summary>
    /// <exception cref="KernelCompilationException">Its file has errors.</exception>
    /// <exception cref="InvalidOperationException">The program cannot read what was compiled.</exception>
    public CompiledKernel Read(KernelFile file, string name)
    {
        if (!_files.TryGetValue(file, out Dictionary<string, CompiledKernel>? kernels)) _files.Add(file, kernels = Compile(file));
        return kernels[name];
    }

    private Dictionary<string, CompiledKernel> Compile(KernelFile file)
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, _compiler.Compile(_sources.ProgramOf(file, Architecture)));
            Dictionary<string, (int Registers, int Shared)> usage = Usage().Matches(Run("-res-usage", path))
                .ToDictionary(match => match.Groups[1].Value, match => (Number(match.Groups[2]), Number(match.Groups[3])));
            return SassKernel.Read(Run("-sass", path))
                .ToDictionary(code => code.Name, code => new CompiledKernel(usage[code.Name].Registers, usage[code.Name].Shared, code));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private string Run(string option, string path)
    {
        using Process process = Process.Start(
            new ProcessStartInfo(_cuobjdump, [option, path]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd() + errors.GetAwaiter().GetResult();
        process.WaitForExit();
        return process.ExitCode == 0
            ? output
            : throw new InvalidOperationException($"{_cuobjdump} {option} ended with {process.ExitCode}: {output.Trim()}");
    }

    // Without a driver any version will do, the one too old for the engine, too.
    private static LoadedLibrary Library()
    {
        var search = new LibrarySearch();
        try
        {
            return LoadedLibrary.Load(CudaLibrary.Nvrtc, search, NewestMajor);
        }
        catch (CudaUnavailableException)
        {
            return LoadedLibrary.Load(CudaLibrary.Nvrtc11, search, newestMajor: 11);
        }
    }

    private static int Number(Group group) => int.Parse(group.Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"Function (\w+):\s+REG:(\d+) STACK:\d+ SHARED:(\d+)")]
    private static partial Regex Usage();
}
