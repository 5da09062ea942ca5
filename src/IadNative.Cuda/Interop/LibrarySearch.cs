using System.Text.RegularExpressions;

namespace IadNative.Cuda.Interop;

/// <summary>
/// Where libraries of CUDA are looked for, in this order: the folder that the user gave, the toolkits that CUDA_PATH and
/// CUDA_HOME name, the system's loader, toolkits in their usual places (newest first), the environment of conda, and
/// NVIDIA's wheels in the active Python. The driver belongs to the system and is sought in the given folder and by the
/// loader only. What is loaded is run: places that depend on the current folder, such as empty or relative entries of a path, are
/// passed over.
/// </summary>
internal sealed partial class LibrarySearch
{
    /// <summary>The environment variable that names the folder to look in first.</summary>
    public const string PathVariable = "IAD_CUDA_PATH";

    /// <summary>Whether for Windows; otherwise for Linux.</summary>
    public bool Windows { get; init; } = OperatingSystem.IsWindows();

    /// <summary>Reads an environment variable.</summary>
    public Func<string, string?> Variable { get; init; } = Environment.GetEnvironmentVariable;

    /// <summary>The folder that holds <c>usr/local</c>, <c>usr/lib/wsl</c> and the like.</summary>
    public string Root { get; init; } = "/";

    /// <summary>The folder to look in first; by default that of <see cref="PathVariable"/>.</summary>
    public string? ExplicitPath { get; init; }

    /// <summary>The places to try for a library, in order.</summary>
    public IEnumerable<SearchPlace> Places(CudaLibrary library)
    {
        if (ExplicitPath is { } path)
        {
            foreach (SearchPlace place in Toolkit(Path.GetFullPath(path), "the library path given"))
                yield return place;
        }
        else
        {
            foreach (SearchPlace place in ToolkitOf(PathVariable))
                yield return place;
        }

        if (library == CudaLibrary.Driver)
        {
            yield return Loader();
            if (!Windows)
                yield return new SearchPlace(Path.Combine(Root, "usr/lib/wsl/lib"), "Windows Subsystem for Linux");
            yield break;
        }

        IEnumerable<SearchPlace> rest =
        [
            .. ToolkitOf("CUDA_PATH"),
            .. ToolkitOf("CUDA_HOME"),
            .. Windows ? PathFolders().Select(folder => new SearchPlace(folder, "PATH")) : [Loader()],
            .. InstalledToolkits(),
            .. Conda(),
            .. Wheels(library),
        ];
        foreach (SearchPlace place in rest)
            yield return place;
    }

    // A relative folder is named, so that an error says why it was not looked at.
    private IEnumerable<SearchPlace> ToolkitOf(string variable) => Variable(variable) is not { Length: > 0 } path ? []
        : Path.IsPathFullyQualified(path) ? Toolkit(path, variable) : [new SearchPlace(path, variable)];

    // The loader of Linux takes an empty or a relative entry of LD_LIBRARY_PATH for a place below the current folder.
    private SearchPlace Loader() => Windows ? SearchPlace.Loader : SearchPlace.Loader with
    {
        RelativeFolders = [.. (Variable("LD_LIBRARY_PATH") is { Length: > 0 } folders ? folders.Split(':', ';') : [])
            .Where(folder => !Path.IsPathFullyQualified(folder))],
    };

    private IEnumerable<string> PathFolders() => (Variable("PATH") ?? "").Split(Windows ? ';' : ':').Where(Path.IsPathFullyQualified);

    private string? FolderIn(string variable) => Variable(variable) is { } path && Path.IsPathFullyQualified(path) ? path : null;

    /// <summary>A folder of libraries or a toolkit's root, as the user may have given either.</summary>
    private IEnumerable<SearchPlace> Toolkit(string path, string origin) =>
        new[] { path }.Concat(ToolkitFolders(path)).Select(folder => new SearchPlace(folder, origin));

    private IEnumerable<string> ToolkitFolders(string root) =>
        (Windows ? ["bin/x64", "bin"] : (string[])["lib64", "lib"]).Select(folder => Path.Combine(root, folder));

    private IEnumerable<SearchPlace> InstalledToolkits()
    {
        string? parent = !Windows ? Path.Combine(Root, "usr/local")
            : FolderIn("ProgramFiles") is { } programs ? Path.Combine(programs, "NVIDIA GPU Computing Toolkit", "CUDA") : null;
        return parent is null ? [] : NewestFirst(parent, Windows ? "v*" : "cuda*")
            .SelectMany(ToolkitFolders)
            .Select(folder => new SearchPlace(folder, "installed toolkit"));
    }

    private IEnumerable<SearchPlace> Conda()
    {
        if (FolderIn("CONDA_PREFIX") is not { } prefix)
            return [];
        string[] folders = Windows ? ["Library/bin/x64", "Library/bin"] : ["lib"];
        return folders.Select(folder => new SearchPlace(Path.Combine(prefix, folder), "CONDA_PREFIX"));
    }

    private IEnumerable<SearchPlace> Wheels(CudaLibrary library) =>
        from packages in PythonPackages().Distinct()
        from folder in NewestFirst(Path.Combine(packages, "nvidia"), "cu??")
            .Select(root => Windows ? Path.Combine(root, "bin", "x86_64") : Path.Combine(root, "lib"))
            .Append(Path.Combine(packages, "nvidia", library.Wheel, Windows ? "bin" : "lib"))
        select new SearchPlace(folder, "wheels of NVIDIA");

    /// <summary>The folders of installed packages of the active Python, found without running it.</summary>
    private IEnumerable<string> PythonPackages()
    {
        foreach (string prefix in PythonPrefixes())
        {
            if (Windows)
            {
                yield return Path.Combine(prefix, "Lib", "site-packages");
                continue;
            }

            foreach (string lib in (string[])["lib", "lib64"])
            {
                foreach (string python in NewestFirst(Path.Combine(prefix, lib), "python3*"))
                {
                    foreach (string kind in (string[])["site-packages", "dist-packages"])
                    {
                        if (Directory.Exists(Path.Combine(python, kind)))
                            yield return Path.Combine(python, kind);
                    }
                }
            }
        }
    }

    private IEnumerable<string> PythonPrefixes()
    {
        foreach (string variable in (string[])["VIRTUAL_ENV", "CONDA_PREFIX"])
        {
            if (FolderIn(variable) is { } prefix)
                yield return prefix;
        }

        string program = Windows ? "python.exe" : "python3";
        string? folder = PathFolders().FirstOrDefault(folder => File.Exists(Path.Combine(folder, program)));
        if (folder is not null)
        {
            // A virtual environment of Windows has its python.exe one folder down.
            if (Windows)
                yield return folder;
            if (Path.GetDirectoryName(folder.TrimEnd(Path.DirectorySeparatorChar)) is { } parent)
                yield return parent;

            // What a link leads to has packages of its own. A virtual environment's python3 is a link, too, hence the folder above first.
            if (!Windows && LinkTarget(Path.Combine(folder, program)) is { } target && Path.GetDirectoryName(Path.GetDirectoryName(target)) is { } prefix)
                yield return prefix;
        }

        if (!Windows)
        {
            yield return Path.Combine(Root, "usr/local");
            if (FolderIn("HOME") is { } home)
                yield return Path.Combine(home, ".local");
        }
    }

    /// <summary>Where a chain of links ends; null for a file that is no link, and for a chain that ends nowhere.</summary>
    private static string? LinkTarget(string path)
    {
        try
        {
            return File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>
    /// Folders by the version in their names, newest first. One without a version, which <c>/usr/local/cuda</c> is, comes
    /// before all: somebody chose it.
    /// </summary>
    private static IEnumerable<string> NewestFirst(string parent, string pattern)
    {
        string[] folders;
        try
        {
            folders = Directory.GetDirectories(parent, pattern);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return [];
        }

        return folders
            .OrderByDescending(folder => VersionIn(Path.GetFileName(folder)))
            .ThenBy(folder => folder, StringComparer.Ordinal);
    }

    private static (int Major, int Minor) VersionIn(string name)
    {
        Match match = Numbers().Match(name);
        return match.Success && int.TryParse(match.Groups[1].Value, out int major)
            ? (major, int.TryParse(match.Groups[2].Value, out int minor) ? minor : int.MaxValue)
            : (int.MaxValue, 0);
    }

    [GeneratedRegex(@"(\d+)(?:\.(\d+))?")]
    private static partial Regex Numbers();
}

/// <summary>One place to look for a library.</summary>
/// <param name="Folder">The folder, or null for wherever the system's loader looks.</param>
/// <param name="Origin">Why this place is looked at.</param>
internal readonly record struct SearchPlace(string? Folder, string Origin)
{
    /// <summary>Wherever the system's loader looks: on Linux LD_LIBRARY_PATH and ldconfig, on Windows the folder of the system.</summary>
    public static SearchPlace Loader => new(null, "the system's loader");

    /// <summary>Folders where the loader looks too, but whose place depends on the current one: what lies there is not loaded.</summary>
    public IReadOnlyList<string> RelativeFolders { get; init; } = [];
}
