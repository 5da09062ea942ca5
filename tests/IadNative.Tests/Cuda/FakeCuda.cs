using System.Runtime.InteropServices;
using System.Text;
using IadNative.Cuda;
using IadNative.Cuda.Compilation;
using IadNative.Cuda.Interop;

namespace IadNative.Tests.Cuda;

/// <summary>
/// The library of FakeCuda.c, built by this machine's C compiler in a folder that has it under the three names that the
/// product looks for. Tests that need it are skipped where there is no such compiler.
/// </summary>
internal sealed unsafe class FakeCuda : IDisposable
{
    /// <summary>A context, a stream in it, a stream of another context and an event that a program has of its own.</summary>
    public const nint LentContext = 0xD0, LentStream = 0x68, ForeignStream = 0x69, LentEvent = 0xEE;

    private readonly nint _handle;

    private FakeCuda(string folder)
    {
        Folder = folder;
        _handle = NativeLibrary.Load(Path.Combine(folder, "libcuda.so.1"));
    }

    /// <summary>The folder of the libraries.</summary>
    public string Folder { get; }

    /// <summary>The kernels of the fake device.</summary>
    public static KernelSources Sources { get; } = new(new Dictionary<string, string>
    {
        ["scale.cu"] = "#include \"scale.cuh\"\nextern \"C\" __global__ void scale(const ScaleArgs a) { }",
        ["scale.cuh"] = "struct ScaleArgs { float* data; float factor; int count; };",
        ["fault.cu"] = "extern \"C\" __global__ void fault(const FaultArgs a) { }",
        ["wrong.cu"] = "#error nöthing works",
        ["lost.cu"] = "#include \"nowhere.cuh\"",
    });

    /// <summary>What was called since the last <see cref="Reset"/>, with arguments.</summary>
    public string[] Calls => Marshal.PtrToStringUTF8(((delegate* unmanaged<nint>)Control("fake_log"))())!
        .Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Everything created and not yet released: contexts, streams, memory and so on.</summary>
    public int Live => ((delegate* unmanaged<int>)Control("fake_live"))();

    /// <summary>The calling thread's context, 0 for none, and how many it has.</summary>
    public (nint Current, int Depth) Context =>
        (((delegate* unmanaged<nint>)Control("fake_current"))(), ((delegate* unmanaged<int>)Control("fake_depth"))());

    /// <summary>Gives the calling thread a context that is not the device's.</summary>
    public void EnterForeignContext(nint context) => ((delegate* unmanaged<nint, void>)Control("fake_enter"))(context);

    /// <summary>Builds the library, or skips the running test.</summary>
    /// <param name="options">More words for the compiler.</param>
    public static FakeCuda Build(params string[] options)
    {
        if (!OperatingSystem.IsLinux())
            Assert.Ignore("The fake CUDA library is for Linux only.");
        string folder = Directory.CreateTempSubdirectory("iad-fake-cuda-").FullName;
        CCompiler.BuildLibrary(CCompiler.Source("FakeCuda.c"), Path.Combine(folder, "libfake.so"), options);
        foreach (string name in new[] { "libcuda.so.1", "libnvrtc.so.12", "libcublas.so.12" })
            File.CreateSymbolicLink(Path.Combine(folder, name), "libfake.so");
        return new FakeCuda(folder);
    }

    /// <summary>Options that lead to the fake libraries, without a kernel cache.</summary>
    public CudaOptions Options(Action<string>? warn = null) => new()
    {
        Search = new LibrarySearch { ExplicitPath = Folder, Variable = _ => null, Root = Folder },
        Sources = Sources,
        KernelCache = "off",
        Warn = warn,
    };

    /// <summary>Forgets everything.</summary>
    public void Reset() => ((delegate* unmanaged<void>)Control("fake_reset"))();

    /// <summary>Sets a property, such as <c>major</c>, the compute capability.</summary>
    public void Set(string key, int value)
    {
        fixed (byte* text = Encoding.UTF8.GetBytes(key + '\0'))
            ((delegate* unmanaged<byte*, int, void>)Control("fake_set"))(text, value);
    }

    /// <summary>Makes a call fail once.</summary>
    public void Fail(string call, int status, int skip = 0)
    {
        fixed (byte* text = Encoding.UTF8.GetBytes(call + '\0'))
            ((delegate* unmanaged<byte*, int, int, void>)Control("fake_fail"))(text, status, skip);
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private nint Control(string name) => NativeLibrary.GetExport(_handle, name);
}
