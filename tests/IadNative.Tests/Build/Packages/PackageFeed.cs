using System.Xml.Linq;

namespace IadNative.Tests.Build.Packages;

/// <summary>
/// The packages, packed once from a copy of the sources into a folder, for all tests of this room. Needs an SDK, and the packages that SDKs take
/// from elsewhere: hosts of other platforms, the runtime of .NET 8.
/// </summary>
[SetUpFixture]
public sealed class PackageFeed
{
    /// <summary>The packages but for the tool.</summary>
    public static readonly string[] Libraries =
    [
        "IadNative", "IadNative.Cuda", "IadNative.Extensions.Hosting", "IadNative.Fleet", "IadNative.Fleet.PostgreSql", "IadNative.ML", "IadNative.Onnx",
        "IadNative.Orleans", "IadNative.Parquet",
    ];

    /// <summary>Those of them that are for .NET 10 alone.</summary>
    internal static readonly string[] OnNet10 = ["IadNative.Cuda", "IadNative.Fleet", "IadNative.Fleet.PostgreSql", "IadNative.Orleans"];

    /// <summary>A folder for what tests make, gone when they are done.</summary>
    internal static DirectoryInfo Folder { get; private set; } = null!;

    /// <summary>The copy that they were packed from.</summary>
    internal static SourceCopy Sources { get; private set; } = null!;

    /// <summary>The folder of packages.</summary>
    internal static string Path { get; private set; } = "";

    /// <summary>Their version.</summary>
    internal static string Version { get; private set; } = "";

    /// <summary>A cache of packages that begins empty, so that nothing comes from a build of the checkout.</summary>
    internal static string Cache => System.IO.Path.Combine(Folder.FullName, "packages");

    /// <summary>Packs.</summary>
    [OneTimeSetUp]
    public void Pack()
    {
        Folder = Directory.CreateTempSubdirectory("iad-package-test-");
        Sources = new SourceCopy(System.IO.Path.Combine(Folder.FullName, "checkout"));
        Path = System.IO.Path.Combine(Folder.FullName, "feed");
        Version = XDocument.Load(Checkout.PathOf("Directory.Build.props")).Descendants("Version").Single().Value;
        foreach (string project in (string[])[.. Libraries, "IadNative.Cli"])
            Sources.Dotnet("pack", $"src/{project}", "-c", "Release", "-o", Path, "-p:RunAnalyzers=false");
    }

    /// <summary>Removes all of it.</summary>
    [OneTimeTearDown]
    public void RemoveFolder() => Folder?.Delete(recursive: true);

    /// <summary>Runs a program beside the packages, which must succeed; returns what it printed.</summary>
    internal static string Run(string program, params string[] arguments) =>
        SourceCopy.Run(program, Folder.FullName, arguments, ("NUGET_PACKAGES", Cache));
}
