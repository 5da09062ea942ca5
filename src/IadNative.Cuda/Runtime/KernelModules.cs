using IadNative.Cuda.Compilation;
using IadNative.Cuda.Interop;

namespace IadNative.Cuda.Runtime;

/// <summary>The kernels in use: each file is compiled and loaded once, at the latest when its first kernel is asked for.</summary>
internal sealed unsafe class KernelModules(
    DriverApi api, IKernelCompiler compiler, string architecture, KernelSources sources, Cleanup cleanup)
{
    private readonly Dictionary<KernelFile, nint> _modules = [];
    private readonly Dictionary<(KernelFile File, string Name), nint> _functions = [];
    private readonly Dictionary<nint, LoadedKernel> _kernels = [];

    /// <summary>Whether a kernel has been asked for before with as much dynamic shared memory, so that nothing is left to do.</summary>
    public bool Has(KernelFile file, string name, int sharedBytes) =>
        _functions.TryGetValue((file, name), out nint function) && sharedBytes <= _kernels[function].SharedBytes;

    /// <summary>Compiles files side by side and loads them, but for those that are loaded already.</summary>
    public void Load(IReadOnlyList<KernelFile> files)
    {
        KernelFile[] missing = [.. files.Distinct().Where(file => !_modules.ContainsKey(file))];
        KernelProgram[] programs = [.. missing.Select(file => sources.ProgramOf(file, architecture))];
        byte[][] codes = ParallelCompilation.Compile(compiler, programs);
        for (int i = 0; i < programs.Length; i++)
        {
            nint module = api.cuModuleLoadData(codes[i], programs[i].File);
            cleanup.Push(() => api.cuModuleUnload(module));
            _modules.Add(missing[i], module);
        }
    }

    /// <summary>A kernel's handle; from then on it may have so many bytes of dynamic shared memory per block.</summary>
    public nint Get(KernelFile file, string name, int sharedBytes)
    {
        if (!_functions.TryGetValue((file, name), out nint function))
        {
            Load([file]);
            function = api.cuModuleGetFunction(_modules[file], name, file.Name);
            _functions.Add((file, name), function);
            _kernels[function] = new LoadedKernel(name);
        }

        LoadedKernel loaded = _kernels[function];
        if (sharedBytes > loaded.SharedBytes)
        {
            api.cuFuncSetAttribute(function, sharedBytes, name);
            loaded.SharedBytes = sharedBytes;
        }

        return function;
    }

    /// <summary>Launches a kernel on a stream; one that is dependent may begin before the kernel ahead of it there has ended.</summary>
    public void Launch(nint kernel, in LaunchShape shape, ReadOnlySpan<byte> argument, nint stream, bool isDependent)
    {
        if (!_kernels.TryGetValue(kernel, out LoadedKernel? loaded))
            throw new ArgumentException("This is no kernel of this driver.", nameof(kernel));
        if (argument.IsEmpty)
            throw new ArgumentException("A kernel takes one structure; there is none.", nameof(argument));

        fixed (byte* first = argument)
        {
            if (isDependent)
                api.cuLaunchKernelEx(kernel, shape, first, stream, loaded.Name);
            else
                api.cuLaunchKernel(kernel, shape, first, stream, loaded.Name);
        }
    }

    private sealed class LoadedKernel(string name)
    {
        public string Name => name;

        /// <summary>Dynamic shared memory per block that it may have, in bytes.</summary>
        public int SharedBytes { get; set; } = CudaDeviceSummary.SharedBytesOfAll;
    }
}
