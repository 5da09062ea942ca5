using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using IadNative.Data;
using IadNative.Iad;

namespace IadNative.Tests.Build;

/// <summary>
/// The packages, packed from a copy of the sources into a folder, and used from there as from any source of packages. Needs an SDK, and the
/// packages that SDKs take from elsewhere: hosts of other platforms, the runtime of .NET 8.
/// </summary>
[Category("Slow")]
public sealed partial class PackageTests
{
    private const int LargestTool = 15_000_000;

    private static readonly string[] s_libraries = ["IadNative", "IadNative.Cuda", "IadNative.Extensions.Hosting", "IadNative.Fleet", "IadNative.ML", "IadNative.Onnx", "IadNative.Parquet"];
    private static readonly string[] s_platforms = ["linux-arm64", "linux-musl-x64", "linux-x64", "osx-arm64", "win-x64"];

    private DirectoryInfo _folder = null!;
    private SourceCopy _copy = null!;
    private string _feed = "", _version = "";

    [OneTimeSetUp]
    public void Pack()
    {
        _folder = Directory.CreateTempSubdirectory("iad-package-test-");
        _copy = new SourceCopy(Path.Combine(_folder.FullName, "checkout"));
        _feed = Path.Combine(_folder.FullName, "feed");
        _version = XDocument.Load(Checkout.PathOf("Directory.Build.props")).Descendants("Version").Single().Value;
        foreach (string project in (string[])[.. s_libraries, "IadNative.Cli"])
            _copy.Dotnet("pack", $"src/{project}", "-c", "Release", "-o", _feed, "-p:RunAnalyzers=false");
    }

    [OneTimeTearDown]
    public void RemoveFolder() => _folder?.Delete(recursive: true);

    [Test]
    public void A_library_has_both_frameworks_its_readme_an_icon_and_symbols([ValueSource(nameof(s_libraries))] string library)
    {
        using ZipArchive package = Open(library);
        string[] names = [.. package.Entries.Select(entry => entry.FullName)];
        foreach (string framework in library is "IadNative.Cuda" or "IadNative.Fleet" ? (string[])["net10.0"] : ["net10.0", "net8.0"])
            Assert.That(names, Does.Contain($"lib/{framework}/{library}.dll").And.Contain($"lib/{framework}/{library}.xml"));
        Assert.That(names, Does.Contain("README.md").And.Contain("icon.png"));
        using ZipArchive symbols = ZipFile.OpenRead(Path.Combine(_feed, $"{library}.{_version}.snupkg"));
        Assert.That(symbols.Entries.Select(entry => entry.FullName), Does.Contain($"lib/net10.0/{library}.pdb"));
        using Stream specification = package.GetEntry($"{library}.nuspec")!.Open();
        XElement metadata = XDocument.Load(specification).Root!.Elements().Single();
        string Value(string name) => metadata.Elements().Single(element => element.Name.LocalName == name).Value;
        Assert.That((Value("license"), Value("icon"), Value("readme")), Is.EqualTo(("MIT", "icon.png", "README.md")));
        Assert.That(Value("description"), Has.Length.GreaterThan(40));
    }

    // Beside a package there is no checkout that a path could lead to.
    [Test]
    public void Links_in_the_readme_of_a_package_lead_somewhere_wherever_it_is_read([ValueSource(nameof(s_libraries))] string library)
    {
        using ZipArchive package = Open(library);
        using var readme = new StreamReader(package.GetEntry("README.md")!.Open());
        Assert.That(Link().Matches(readme.ReadToEnd()).Select(match => match.Groups[1].Value), Is.All.Matches("^(https://|#)"));
    }

    [Test]
    public void A_platform_takes_its_own_tool_alone_and_not_much_of_it()
    {
        string[] tools = [.. Directory.GetFiles(_feed, "IadNative.Cli.*").Select(Path.GetFileName).Order(StringComparer.Ordinal)!];
        Assert.That(tools, Is.EqualTo((string[])[$"IadNative.Cli.{_version}.nupkg", .. s_platforms.Select(platform => $"IadNative.Cli.{platform}.{_version}.nupkg")]));
        foreach (string platform in s_platforms)
        {
            using ZipArchive package = Open($"IadNative.Cli.{platform}");
            Assert.That(new FileInfo(Path.Combine(_feed, $"IadNative.Cli.{platform}.{_version}.nupkg")).Length, Is.LessThan(LargestTool), platform);
            string[] native = [.. package.Entries.Select(entry => entry.Name).Where(name => name.StartsWith("libSkiaSharp", StringComparison.Ordinal))];
            Assert.That(native, Is.EqualTo((string[])[platform.Split('-')[0] switch { "win" => "libSkiaSharp.dll", "osx" => "libSkiaSharp.dylib", _ => "libSkiaSharp.so" }]));
        }
    }

    [Test]
    public void Installed_from_a_folder_of_packages_and_nothing_else_the_tool_fits_the_sample()
    {
        if (!s_platforms.Contains(RuntimeInformation.RuntimeIdentifier)) Assert.Ignore($"There is no tool for {RuntimeInformation.RuntimeIdentifier}.");
        string tools = Path.Combine(_folder.FullName, "tools"), model = Path.Combine(_folder.FullName, "model.iad"), page = Path.Combine(_folder.FullName, "page.html");
        Run("dotnet", "tool", "install", "IadNative.Cli", "--tool-path", tools, "--source", _feed, "--version", _version);
        string iad = Path.Combine(tools, OperatingSystem.IsWindows() ? "iad.exe" : "iad");
        string sample = Path.Combine(AppContext.BaseDirectory, "samples", "satellite.csv.gz");
        Run(iad, "fit", sample, "--label", "label", "--model", "svdd", "--rounds", "1", "--epochs", "1", "--out", model, "--report", page);
        Assert.That(AnomalyDetector.Load(model).Features, Is.EqualTo(36));
        Assert.That(File.ReadAllText(page), Does.Contain("<svg"));
        Assert.That(Run(iad, "--version").Trim(), Is.EqualTo(_version));
    }

    [Test]
    public void On_Net_8_the_library_fits_and_scores_the_same_to_the_bit([Values("svdd", "maf", "auto")] string model)
    {
        string sample = Path.Combine(AppContext.BaseDirectory, "samples", "satellite.csv.gz");
        Dataset data = DatasetReader.Read(sample, new DatasetReadOptions { Label = "label" });
        var options = new FitOptions { Model = BaseModel.Parse(model), Training = new TrainingOptions { Rounds = 0, Epochs = model == "auto" ? null : 1 } };
        float[] scores = AnomalyDetector.Fit(data, options).Detector.Score(data);
        string printed = Run(Consumer(), model, sample);
        Assert.That(printed, Does.StartWith("8.0."));
        Assert.That(printed.Trim().Split(' ')[1], Is.EqualTo(Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes(scores.AsSpan())))));
    }

    [Test]
    public void Where_the_checkout_has_a_public_remote_symbols_say_where_the_sources_are()
    {
        _copy.Git("init", "-q");
        _copy.Git("remote", "add", "origin", "https://github.com/example/iad.git");
        _copy.Git("add", "LICENSE");
        _copy.Git("-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-q", "-m", "one");
        _copy.Dotnet("build", "src/IadNative", "-c", "Release", "-f", "net10.0", "-p:RunAnalyzers=false", "--no-incremental");
        string symbols = System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(_copy.PathOf("src", "IadNative", "bin", "Release", "net10.0", "IadNative.pdb")));
        Assert.That(symbols, Does.Match("\"/_/\\*\": ?\"https://raw.githubusercontent.com/example/iad/[0-9a-f]{40}/\\*\""));
    }

    private string? _consumer;

    // A program in a folder of its own that knows nothing of the checkout; published with its runtime, since this machine may lack it.
    private string Consumer()
    {
        if (_consumer is not null) return _consumer;
        DirectoryInfo folder = _folder.CreateSubdirectory("consumer");
        File.WriteAllText(Path.Combine(folder.FullName, "Consumer.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net8.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <RestoreAdditionalProjectSources>{_feed}</RestoreAdditionalProjectSources>
                <RestorePackagesPath>{Path.Combine(_folder.FullName, "packages")}</RestorePackagesPath>
                <InvariantGlobalization>true</InvariantGlobalization>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="IadNative" Version="{_version}" />
              </ItemGroup>
            </Project>
            """);
        File.WriteAllText(Path.Combine(folder.FullName, "Program.cs"), """
            using System.Runtime.InteropServices;
            using System.Security.Cryptography;
            using IadNative;
            using IadNative.Data;
            using IadNative.Iad;

            Dataset data = DatasetReader.Read(args[1], new DatasetReadOptions { Label = "label" });
            var options = new FitOptions
            {
                Model = BaseModel.Parse(args[0]), Training = new TrainingOptions { Rounds = 0, Epochs = args[0] == "auto" ? null : 1 },
            };
            float[] scores = AnomalyDetector.Fit(data, options).Detector.Score(data);
            Console.WriteLine($"{Environment.Version} {Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes(scores.AsSpan())))}");
            """);
        string output = Path.Combine(folder.FullName, "out");
        SourceCopy.Dotnet(folder.FullName, ["publish", "-c", "Release", "-r", RuntimeInformation.RuntimeIdentifier, "--self-contained", "-o", output]);
        return _consumer = Path.Combine(output, OperatingSystem.IsWindows() ? "Consumer.exe" : "Consumer");
    }

    private ZipArchive Open(string package) => ZipFile.OpenRead(Path.Combine(_feed, $"{package}.{_version}.nupkg"));

    // With a cache of packages of its own, which begins empty.
    private string Run(string program, params string[] arguments) =>
        SourceCopy.Run(program, _folder.FullName, arguments, ("NUGET_PACKAGES", Path.Combine(_folder.FullName, "packages")));

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();
}
