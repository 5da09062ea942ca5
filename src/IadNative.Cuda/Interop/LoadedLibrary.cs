using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace IadNative.Cuda.Interop;

/// <summary>A native library in this process. It stays until the process ends: others may use it too.</summary>
internal sealed class LoadedLibrary
{
    private readonly nint _handle;

    private LoadedLibrary(CudaLibrary library, nint handle, string path)
    {
        Library = library;
        _handle = handle;
        Path = path;
    }

    /// <summary>Which library it is.</summary>
    public CudaLibrary Library { get; }

    /// <summary>The file it was loaded from; its bare name where the loader found it and does not say where.</summary>
    public string Path { get; }

    /// <summary>Loads a library from the first place that has it.</summary>
    /// <param name="library">The library.</param>
    /// <param name="search">Where to look.</param>
    /// <param name="newestMajor">CUDA version of the driver: newer libraries do not run on it.</param>
    /// <exception cref="CudaUnavailableException">No place has it; the message lists all that were tried.</exception>
    public static LoadedLibrary Load(CudaLibrary library, LibrarySearch search, int newestMajor)
    {
        CudaLibraryFile[] files = [.. library.Files(search.Windows, newestMajor)];
        StringBuilder tried = new();
        foreach (SearchPlace place in search.Places(library).Distinct())
        {
            if (place.Folder is { } relative && !System.IO.Path.IsPathFullyQualified(relative))
            {
                tried.Append($"\n  {relative} ({place.Origin}): passed over, because it is no absolute path");
                continue;
            }

            if (place.Folder is { } folder && !Directory.Exists(folder))
            {
                tried.Append($"\n  {folder} ({place.Origin}): no such folder");
                continue;
            }

            List<string> missing = [];
            foreach (CudaLibraryFile file in files)
            {
                if (Load(library, file, place, missing, tried) is { } loaded)
                    return loaded;
            }

            if (missing.Count > 0)
                tried.Append($"\n  {place.Folder ?? place.Origin}{(place.Folder is null ? "" : $" ({place.Origin})")}: "
                    + $"no {string.Join(", ", missing)}");
        }

        string remedy = library == CudaLibrary.Driver
            ? "Install NVIDIA's driver (525 or newer)"
            : $"Install {library.Title} of CUDA {string.Join(" or ", Majors(newestMajor))}";
        throw new CudaUnavailableException(
            $"{library.Title} was not found. {remedy}, or set {LibrarySearch.PathVariable} to the folder that has it. "
            + $"Tried:{tried}");
    }

    /// <summary>The address of an entry point.</summary>
    /// <exception cref="CudaUnavailableException">The library does not have it.</exception>
    public nint Export(string name) => NativeLibrary.TryGetExport(_handle, name, out nint address)
        ? address
        : throw new CudaUnavailableException(
            $"{Path} has no entry point {name}. Every {Library.Title} of CUDA {CudaLibrary.OldestMajor}.0 or newer has it: "
            + $"update this one, or set {LibrarySearch.PathVariable} to the folder of a newer one.");

    private static LoadedLibrary? Load(
        CudaLibrary library, CudaLibraryFile file, SearchPlace place, List<string> missing, StringBuilder tried)
    {
        if (place.Folder is null)
        {
            if (place.RelativeFolders.FirstOrDefault(folder => File.Exists(System.IO.Path.Combine(folder.Length > 0 ? folder : ".", file.Name)))
                is { } decoy)
            {
                tried.Append($"\n  {place.Origin}: not asked for {file.Name}, because LD_LIBRARY_PATH has the entry '{decoy}', which is no absolute "
                    + "path, and there is such a file; take that entry out");
                return null;
            }

            // The system's own folder, and neither the current one nor the program's, where Windows would look as well.
            bool isFound = OperatingSystem.IsWindows()
                ? NativeLibrary.TryLoad(file.Name, typeof(LoadedLibrary).Assembly, DllImportSearchPath.System32, out nint found)
                : NativeLibrary.TryLoad(file.Name, out found);
            if (!isFound)
            {
                missing.Add(file.Name);
                return null;
            }

            string path = PathOfModule(file.Name) ?? file.Name;
            LoadCompanions(System.IO.Path.GetDirectoryName(path), file);
            return new LoadedLibrary(library, found, path);
        }

        string full = System.IO.Path.Combine(place.Folder, file.Name);
        if (!File.Exists(full))
        {
            missing.Add(file.Name);
            return null;
        }

        LoadCompanions(place.Folder, file);
        try
        {
            return new LoadedLibrary(library, NativeLibrary.Load(full), full);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            tried.Append($"\n  {full} ({place.Origin}): is there, but cannot be loaded: {Reason(e.Message, full)}");
            return null;
        }
    }

    /// <summary>Loads what a library looks up by name, which then finds what is already loaded.</summary>
    private static void LoadCompanions(string? folder, CudaLibraryFile file)
    {
        if (file.Companions is null || !Directory.Exists(folder))
            return;
        foreach (string companion in Directory.GetFiles(folder, file.Companions).Order(StringComparer.Ordinal))
            NativeLibrary.TryLoad(companion, out _);
    }

    /// <summary>Where the loader found a library. On Linux, the file may have a longer version than the name.</summary>
    private static string? PathOfModule(string name)
    {
        using Process process = Process.GetCurrentProcess();
        const string linux = ".so";
        int end = name.IndexOf(linux, StringComparison.Ordinal);
        string stem = end < 0 ? name : name[..(end + linux.Length)];
        foreach (ProcessModule module in process.Modules)
        {
            if (System.IO.Path.GetFileName(module.FileName).StartsWith(stem, StringComparison.OrdinalIgnoreCase))
                return module.FileName;
        }

        return null;
    }

    /// <summary>The loader's own words within .NET's message, which adds places that were never meant.</summary>
    private static string Reason(string message, string path) =>
        message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .FirstOrDefault(line => line.StartsWith(path + ": ", StringComparison.Ordinal))?[(path.Length + 2)..]
        ?? message.Split('\n')[0];

    private static IEnumerable<int> Majors(int newest) =>
        Enumerable.Range(CudaLibrary.OldestMajor, newest - CudaLibrary.OldestMajor + 1);
}
