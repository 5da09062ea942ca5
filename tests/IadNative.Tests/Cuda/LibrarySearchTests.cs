using System.Runtime.InteropServices;
using IadNative.Cuda;
using IadNative.Cuda.Interop;
using IadNative.Cuda.Runtime;

namespace IadNative.Tests.Cuda;

/// <summary>Where libraries are looked for, and what is said where there are none, in a made-up file system.</summary>
public sealed class LibrarySearchTests
{
    private string _root = "";

    [SetUp]
    public void CreateRoot() => _root = Directory.CreateTempSubdirectory("iad-search-").FullName;

    [TearDown]
    public void DeleteRoot() => Directory.Delete(_root, recursive: true);

    [Test]
    public void Places_come_in_the_order_promised()
    {
        string venv = MakeFolder("venv/lib/python3.12/site-packages/nvidia/cu13/lib", "venv");
        string given = MakeFolder("given"), path = MakeFolder("path"), home = MakeFolder("home");
        MakeFolder("usr/local/cuda-12.4/lib64");
        MakeFolder("usr/local/cuda-12.10/lib64");
        MakeFolder("usr/local/cuda-13.0/lib64");
        MakeFolder("usr/local/cuda/lib64");
        LibrarySearch search = Linux(
            ("IAD_CUDA_PATH", given), ("CUDA_PATH", path), ("CUDA_HOME", home), ("VIRTUAL_ENV", venv),
            ("CONDA_PREFIX", "/conda"));
        Assert.That(search.Places(CudaLibrary.Blas).Select(place => place.Folder ?? "(loader)"), Is.EqualTo(new[]
        {
            given, given + "/lib64", given + "/lib",
            path, path + "/lib64", path + "/lib",
            home, home + "/lib64", home + "/lib",
            "(loader)",
            InRoot("usr/local/cuda/lib64"), InRoot("usr/local/cuda/lib"),
            InRoot("usr/local/cuda-13.0/lib64"), InRoot("usr/local/cuda-13.0/lib"),
            InRoot("usr/local/cuda-12.10/lib64"), InRoot("usr/local/cuda-12.10/lib"),
            InRoot("usr/local/cuda-12.4/lib64"), InRoot("usr/local/cuda-12.4/lib"),
            "/conda/lib",
            venv + "/lib/python3.12/site-packages/nvidia/cu13/lib",
            venv + "/lib/python3.12/site-packages/nvidia/cublas/lib",
        }));
    }

    [Test]
    public void A_path_given_in_code_replaces_that_of_the_environment()
    {
        LibrarySearch search = new()
        {
            Windows = false, Root = _root, ExplicitPath = "/code",
            Variable = name => name == "IAD_CUDA_PATH" ? "/env" : null,
        };
        Assert.That(search.Places(CudaLibrary.Nvrtc).Select(place => place.Folder),
            Is.EqualTo(new[] { "/code", "/code/lib64", "/code/lib", null }));
    }

    [Test]
    public void The_driver_is_not_looked_for_in_toolkits_whose_driver_is_a_stub()
    {
        MakeFolder("usr/local/cuda/lib64");
        LibrarySearch search = Linux(("CUDA_PATH", InRoot("usr/local/cuda")));
        Assert.That(search.Places(CudaLibrary.Driver).Select(place => place.Folder),
            Is.EqualTo(new[] { null, InRoot("usr/lib/wsl/lib") }));
    }

    [Test]
    public void The_python_on_the_path_is_asked_without_running_it()
    {
        MakeFolder("py/bin");
        File.WriteAllText(InRoot("py/bin/python3"), "");
        string packages = MakeFolder("py/lib/python3.11/site-packages");
        string user = MakeFolder("me/.local/lib/python3.11/site-packages");
        string system = MakeFolder("usr/local/lib/python3.11/dist-packages");
        LibrarySearch search = Linux(("PATH", $"{InRoot("nowhere")}:{InRoot("py/bin")}"), ("HOME", InRoot("me")));
        Assert.That(search.Places(CudaLibrary.Nvrtc).Select(place => place.Folder).OfType<string>(),
            Is.EqualTo(new[] { packages, system, user }.Select(folder => folder + "/nvidia/cuda_nvrtc/lib")));
    }

    [Test, Platform("Linux")]
    public void A_python_that_is_a_link_leads_to_the_packages_beside_the_link_and_to_those_where_it_ends()
    {
        MakeFolder("me/bin");
        MakeFolder("shims");
        MakeFolder("py/bin");
        File.WriteAllText(InRoot("py/bin/python3.11"), "");
        File.CreateSymbolicLink(InRoot("shims/python3"), InRoot("py/bin/python3.11"));
        File.CreateSymbolicLink(InRoot("me/bin/python3"), "../../shims/python3");
        string beside = MakeFolder("me/lib/python3.11/site-packages"), end = MakeFolder("py/lib/python3.11/site-packages");
        MakeFolder("shims/lib/python3.11/site-packages");
        Assert.That(Wheels(), Is.EqualTo(new[] { beside, end }.Select(folder => folder + "/nvidia/cuda_nvrtc/lib")));

        File.Delete(InRoot("shims/python3"));
        File.CreateSymbolicLink(InRoot("shims/python3"), InRoot("me/bin/python3"));
        Assert.That(Wheels, Throws.Nothing, "links in a circle");

        string[] Wheels() => [.. Linux(("PATH", InRoot("me/bin"))).Places(CudaLibrary.Nvrtc).Select(place => place.Folder).OfType<string>()];
    }

    [TestCase("")]
    [TestCase(".")]
    [TestCase("relative")]
    [TestCase("./relative")]
    [TestCase("..")]
    public void Places_that_depend_on_the_current_folder_are_none(string entry)
    {
        MakeFolder("relative/bin");
        MakeFolder("relative/lib/python3.11/site-packages/nvidia");
        File.WriteAllText(InRoot("relative/bin/python3"), "");
        string[] variables = ["IAD_CUDA_PATH", "CUDA_PATH", "CUDA_HOME", "CONDA_PREFIX", "VIRTUAL_ENV", "HOME"];
        LibrarySearch search = Linux([.. variables.Select(name => (name, entry)), ("PATH", $"{entry}:{entry}/bin:bin:"), ("LD_LIBRARY_PATH", $"{entry}:")]);
        string before = Environment.CurrentDirectory;
        try
        {
            Environment.CurrentDirectory = _root;
            SearchPlace[] places = [.. search.Places(CudaLibrary.Nvrtc)];

            // A relative toolkit is named, so that the error says that it was passed over; it is not entered.
            Assert.That(places.Where(place => place.Folder is not null && !Path.IsPathFullyQualified(place.Folder)).Select(place => (place.Folder, place.Origin)),
                Is.EqualTo(entry.Length == 0 ? [] : variables[..3].Select(name => ((string?)entry, name))));
            Assert.That(places.Count(place => place.Folder is null), Is.EqualTo(1));
        }
        finally
        {
            Environment.CurrentDirectory = before;
        }
    }

    [Test, Platform("Linux")]
    public void A_decoy_in_the_current_folder_is_not_loaded()
    {
        using FakeCuda cuda = FakeCuda.Build();
        if (NativeLibrary.TryLoad("libnvrtc.so.12", out _)) Assert.Ignore("This machine's loader finds NVRTC.");
        foreach (string place in (string[])["", "lib", "lib64", "lib/python3.11/site-packages/nvidia/cuda_nvrtc/lib"])
            File.Copy(Path.Combine(cuda.Folder, "libfake.so"), Path.Combine(MakeFolder(place), "libnvrtc.so.12"));
        File.WriteAllText(InRoot("python3"), "");
        LibrarySearch search = Linux(("IAD_CUDA_PATH", "."), ("CUDA_PATH", "./"), ("CUDA_HOME", ""), ("CONDA_PREFIX", "."), ("VIRTUAL_ENV", "."),
            ("HOME", "."), ("PATH", ":.:./bin"), ("LD_LIBRARY_PATH", "/nowhere:"));
        string before = Environment.CurrentDirectory;
        try
        {
            Environment.CurrentDirectory = _root;
            string message = Assert.Throws<CudaUnavailableException>(() => LoadedLibrary.Load(CudaLibrary.Nvrtc, search, 12))!.Message;
            Assert.Multiple(() =>
            {
                Assert.That(message, Does.Contain("\n  . (IAD_CUDA_PATH): passed over, because it is no absolute path"));
                Assert.That(message, Does.Contain("\n  ./ (CUDA_PATH): passed over"));
                Assert.That(message, Does.Contain("not asked for libnvrtc.so.12, because LD_LIBRARY_PATH has the entry ''"));
            });
        }
        finally
        {
            Environment.CurrentDirectory = before;
        }

        Assert.That(File.ReadAllText("/proc/self/maps"), Does.Not.Contain(_root));
    }

    [Test]
    public void A_relative_path_that_a_program_gives_is_taken_from_the_current_folder_at_once()
    {
        var search = new LibrarySearch { Windows = false, Root = _root, ExplicitPath = "given", Variable = _ => null };
        Assert.That(search.Places(CudaLibrary.Driver).First().Folder, Is.EqualTo(Path.GetFullPath("given")));
    }

    [Test]
    public void On_Windows_the_folders_of_PATH_are_searched_here_rather_than_by_a_loader_that_takes_the_current_one_too()
    {
        var search = new LibrarySearch
        {
            Windows = true, Root = _root, Variable = name => name == "PATH" ? $"{InRoot("one")};;.;two;{InRoot("three")}" : null,
        };
        Assert.That(search.Places(CudaLibrary.Nvrtc).Select(place => (place.Folder, place.Origin)),
            Is.EqualTo(new[] { ((string?)InRoot("one"), "PATH"), (InRoot("three"), "PATH") }));
        Assert.That(search.Places(CudaLibrary.Driver).Select(place => place.Folder), Is.EqualTo(new string?[] { null }));
    }

    [Test]
    public void On_Windows_the_folders_of_CUDA_12_and_13_are_known()
    {
        MakeFolder("pf/NVIDIA GPU Computing Toolkit/CUDA/v12.4");
        MakeFolder("pf/NVIDIA GPU Computing Toolkit/CUDA/v13.0");
        MakeFolder("venv/Lib/site-packages/nvidia/cu13");
        LibrarySearch search = new()
        {
            Windows = true, Root = _root,
            Variable = name => name switch
            {
                "ProgramFiles" => InRoot("pf"), "VIRTUAL_ENV" => InRoot("venv"), "CONDA_PREFIX" => InRoot("conda"), _ => null,
            },
        };
        Assert.That(search.Places(CudaLibrary.Nvrtc).Select(place => place.Folder).OfType<string>()
            .Select(folder => Path.GetRelativePath(_root, folder).Replace('\\', '/')), Is.EqualTo(new[]
        {
            "pf/NVIDIA GPU Computing Toolkit/CUDA/v13.0/bin/x64", "pf/NVIDIA GPU Computing Toolkit/CUDA/v13.0/bin",
            "pf/NVIDIA GPU Computing Toolkit/CUDA/v12.4/bin/x64", "pf/NVIDIA GPU Computing Toolkit/CUDA/v12.4/bin",
            "conda/Library/bin/x64", "conda/Library/bin",
            "venv/Lib/site-packages/nvidia/cu13/bin/x86_64", "venv/Lib/site-packages/nvidia/cuda_nvrtc/bin",
            "conda/Lib/site-packages/nvidia/cuda_nvrtc/bin",
        }));
    }

    [Test]
    public void Names_are_those_of_the_drivers_CUDA_and_older_ones()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Names(CudaLibrary.Nvrtc, windows: false, 13), Is.EqualTo("libnvrtc.so.13 libnvrtc.so.12"));
            Assert.That(Names(CudaLibrary.Nvrtc, windows: true, 13), Is.EqualTo("nvrtc64_130_0.dll nvrtc64_120_0.dll"));
            Assert.That(Names(CudaLibrary.Nvrtc11, windows: false, 11), Is.EqualTo("libnvrtc.so.11.2"));
            Assert.That(Names(CudaLibrary.Blas, windows: false, 12), Is.EqualTo("libcublas.so.12"));
            Assert.That(Names(CudaLibrary.Blas, windows: true, 13), Is.EqualTo("cublas64_13.dll cublas64_12.dll"));
            Assert.That(Names(CudaLibrary.Driver, windows: false, 13), Is.EqualTo("libcuda.so.1"));
            Assert.That(Names(CudaLibrary.Driver, windows: true, 13), Is.EqualTo("nvcuda.dll"));
        });

        static string Names(CudaLibrary library, bool windows, int major) =>
            string.Join(' ', library.Files(windows, major).Select(file => file.Name));
    }

    [Test, Platform("Linux")]
    public void Where_nothing_is_found_the_message_lists_what_was_tried_and_what_to_do()
    {
        string given = MakeFolder("given");
        File.WriteAllText(InRoot("given/libcublas.so.12"), "no library");
        LibrarySearch search = Linux(("IAD_CUDA_PATH", given), ("CUDA_HOME", InRoot("gone")));

        if (NativeLibrary.TryLoad("libnvrtc.so.12", out _) || NativeLibrary.TryLoad("libcublas.so.12", out _))
            Assert.Ignore("This machine's loader finds NVRTC or cuBLAS.");
        string message = MessageOf(CudaLibrary.Nvrtc);
        Assert.Multiple(() =>
        {
            Assert.That(message, Does.StartWith("NVRTC was not found. Install NVRTC of CUDA 12, or set IAD_CUDA_PATH"));
            Assert.That(message, Does.Contain($"\n  {given} (IAD_CUDA_PATH): no libnvrtc.so.12"));
            Assert.That(message, Does.Contain($"\n  {given}/lib64 (IAD_CUDA_PATH): no such folder"));
            Assert.That(message, Does.Contain($"\n  {InRoot("gone")} (CUDA_HOME): no such folder"));
            Assert.That(message, Does.Contain("\n  the system's loader: no libnvrtc.so.12"));
        });
        message = MessageOf(CudaLibrary.Blas);
        Assert.That(message, Does.Contain($"\n  {given}/libcublas.so.12 (IAD_CUDA_PATH): is there, but cannot be loaded: "));
        Assert.That(message, Does.Contain("file too short").Or.Contains("invalid ELF header"));

        string MessageOf(CudaLibrary library) =>
            Assert.Throws<CudaUnavailableException>(() => LoadedLibrary.Load(library, search, 12))!.Message;
    }

    [Test, Platform("Linux")]
    public void The_first_place_and_the_newest_name_in_it_win_and_companions_come_along()
    {
        using FakeCuda cuda = FakeCuda.Build();
        string library = Path.Combine(cuda.Folder, "libfake.so");
        string first = MakeFolder("first/lib"), second = MakeFolder("second/lib");
        File.Copy(library, Path.Combine(first, "libnvrtc.so.12"));
        File.Copy(library, Path.Combine(first, "libnvrtc-builtins.so.12.4"));
        File.Copy(library, Path.Combine(first, "libnvrtc-builtins.so.11.8"));
        File.Copy(library, Path.Combine(second, "libnvrtc.so.12"));
        File.Copy(library, Path.Combine(second, "libnvrtc.so.13"));

        Assert.That(Load("first", "second", 13), Is.EqualTo(Path.Combine(first, "libnvrtc.so.12")));
        Assert.That(Load("second", "first", 13), Is.EqualTo(Path.Combine(second, "libnvrtc.so.13")));
        Assert.That(Load("second", "first", 12), Is.EqualTo(Path.Combine(second, "libnvrtc.so.12")));
        string mapped = File.ReadAllText("/proc/self/maps");
        Assert.That(mapped, Does.Contain(Path.Combine(first, "libnvrtc-builtins.so.12.4")));
        Assert.That(mapped, Does.Not.Contain("libnvrtc-builtins.so.11.8"));

        string Load(string cudaPath, string cudaHome, int newestMajor) => LoadedLibrary.Load(
            CudaLibrary.Nvrtc, Linux(("CUDA_PATH", InRoot(cudaPath)), ("CUDA_HOME", InRoot(cudaHome))), newestMajor).Path;
    }

    [Test]
    public void A_machine_without_a_driver_is_told_what_was_tried_and_a_probe_does_not_throw()
    {
        CudaReport report = CudaProbe.Run();
        if (report.Libraries[0].Path is not null)
            Assert.Ignore("This machine has NVIDIA's driver.");
        string message = Assert.Throws<CudaUnavailableException>(() => NativeCudaDriver.Open().Dispose())!.Message;
        Assert.That(message, Does.StartWith("NVIDIA driver was not found. Install NVIDIA's driver (525 or newer), or set"));
        Assert.That(message, Does.Contain(OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1"));
        Assert.That(report.Problem, Is.EqualTo(message));
        Assert.That(report.Libraries, Has.Count.EqualTo(1));
        Assert.That(report.Libraries[0].Problem, Is.EqualTo(message));
        Assert.That(report.Devices, Is.Empty);
    }

    private LibrarySearch Linux(params (string Name, string Value)[] variables) => new()
    {
        Windows = false,
        Root = _root,
        Variable = name => variables.FirstOrDefault(variable => variable.Name == name).Value,
    };

    private string InRoot(string path) => Path.Combine(_root, path);

    private string MakeFolder(string path, string? result = null)
    {
        Directory.CreateDirectory(InRoot(path));
        return InRoot(result ?? path);
    }
}
