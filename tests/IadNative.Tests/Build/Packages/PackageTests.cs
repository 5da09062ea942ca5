using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace IadNative.Tests.Build.Packages;

/// <summary>What is in the packages, and the tool installed from them.</summary>
[Category("Slow")]
public sealed partial class PackageTests
{
    private const int LargestTool = 15_000_000;

    private static readonly string[] s_platforms = ["linux-arm64", "linux-musl-x64", "linux-x64", "osx-arm64", "win-x64"];

    [Test]
    public void A_library_has_both_frameworks_its_readme_an_icon_and_symbols([ValueSource(typeof(PackageFeed), nameof(PackageFeed.Libraries))] string library)
    {
        using ZipArchive package = Open(library);
        string[] names = [.. package.Entries.Select(entry => entry.FullName)];
        foreach (string framework in PackageFeed.OnNet10.Contains(library) ? (string[])["net10.0"] : ["net10.0", "net8.0"])
            Assert.That(names, Does.Contain($"lib/{framework}/{library}.dll").And.Contain($"lib/{framework}/{library}.xml"));
        Assert.That(names, Does.Contain("README.md").And.Contain("icon.png"));
        using ZipArchive symbols = ZipFile.OpenRead(Path.Combine(PackageFeed.Path, $"{library}.{PackageFeed.Version}.snupkg"));
        Assert.That(symbols.Entries.Select(entry => entry.FullName), Does.Contain($"lib/net10.0/{library}.pdb"));
        using Stream specification = package.GetEntry($"{library}.nuspec")!.Open();
        XElement metadata = XDocument.Load(specification).Root!.Elements().Single();
        string Value(string name) => metadata.Elements().Single(element => element.Name.LocalName == name).Value;
        Assert.That((Value("license"), Value("icon"), Value("readme")), Is.EqualTo(("MIT", "icon.png", "README.md")));
        Assert.That(Value("description"), Has.Length.GreaterThan(40));
    }

    // Beside a package there is no checkout that a path could lead to.
    [Test]
    public void Links_in_the_readme_of_a_package_lead_somewhere_wherever_it_is_read([ValueSource(typeof(PackageFeed), nameof(PackageFeed.Libraries))] string library)
    {
        using ZipArchive package = Open(library);
        using var readme = new StreamReader(package.GetEntry("README.md")!.Open());
        Assert.That(Link().Matches(readme.ReadToEnd()).Select(match => match.Groups[1].Value), Is.All.Matches("^(https://|#)"));
    }

    [Test]
    public void A_platform_takes_its_own_tool_alone_and_not_much_of_it()
    {
        string[] tools = [.. Directory.GetFiles(PackageFeed.Path, "IadNative.Cli.*").Select(Path.GetFileName).Order(StringComparer.Ordinal)!];
        Assert.That(tools, Is.EqualTo((string[])[$"IadNative.Cli.{PackageFeed.Version}.nupkg", .. s_platforms.Select(platform => $"IadNative.Cli.{platform}.{PackageFeed.Version}.nupkg")]));
        foreach (string platform in s_platforms)
        {
            using ZipArchive package = Open($"IadNative.Cli.{platform}");
            Assert.That(new FileInfo(Path.Combine(PackageFeed.Path, $"IadNative.Cli.{platform}.{PackageFeed.Version}.nupkg")).Length, Is.LessThan(LargestTool), platform);
            string[] native = [.. package.Entries.Select(entry => entry.Name).Where(name => name.StartsWith("libSkiaSharp", StringComparison.Ordinal))];
            Assert.That(native, Is.EqualTo((string[])[platform.Split('-')[0] switch { "win" => "libSkiaSharp.dll", "osx" => "libSkiaSharp.dylib", _ => "libSkiaSharp.so" }]));
        }
    }

    [Test]
    public void Installed_from_a_folder_of_packages_and_nothing_else_the_tool_fits_the_sample()
    {
        if (!s_platforms.Contains(RuntimeInformation.RuntimeIdentifier)) Assert.Ignore($"There is no tool for {RuntimeInformation.RuntimeIdentifier}.");
        string tools = Path.Combine(PackageFeed.Folder.FullName, "tools"), model = Path.Combine(PackageFeed.Folder.FullName, "model.iad"), page = Path.Combine(PackageFeed.Folder.FullName, "page.html");
        PackageFeed.Run("dotnet", "tool", "install", "IadNative.Cli", "--tool-path", tools, "--source", PackageFeed.Path, "--version", PackageFeed.Version);
        string iad = Path.Combine(tools, OperatingSystem.IsWindows() ? "iad.exe" : "iad");
        string sample = Path.Combine(AppContext.BaseDirectory, "samples", "satellite.csv.gz");
        PackageFeed.Run(iad, "fit", sample, "--label", "label", "--model", "svdd", "--rounds", "1", "--epochs", "1", "--out", model, "--report", page);
        Assert.That(AnomalyDetector.Load(model).Features, Is.EqualTo(36));
        Assert.That(File.ReadAllText(page), Does.Contain("<svg"));
        Assert.That(PackageFeed.Run(iad, "--version").Trim(), Is.EqualTo(PackageFeed.Version));
    }

    [Test]
    public void Where_the_checkout_has_a_public_remote_symbols_say_where_the_sources_are()
    {
        PackageFeed.Sources.Git("init", "-q");
        PackageFeed.Sources.Git("remote", "add", "origin", "https://github.com/example/iad.git");
        PackageFeed.Sources.Git("add", "LICENSE");
        PackageFeed.Sources.Git("-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-q", "-m", "one");
        PackageFeed.Sources.Dotnet("build", "src/IadNative", "-c", "Release", "-f", "net10.0", "-p:RunAnalyzers=false", "--no-incremental");
        string symbols = System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(PackageFeed.Sources.PathOf("src", "IadNative", "bin", "Release", "net10.0", "IadNative.pdb")));
        Assert.That(symbols, Does.Match("\"/_/\\*\": ?\"https://raw.githubusercontent.com/example/iad/[0-9a-f]{40}/\\*\""));
    }

    private static ZipArchive Open(string package) => ZipFile.OpenRead(Path.Combine(PackageFeed.Path, $"{package}.{PackageFeed.Version}.nupkg"));

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();
}
