using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace IadNative.Tests.Build.Packages;

/// <summary>A program in a folder of its own that knows nothing of the checkout: what it takes of this library are packages.</summary>
internal sealed partial class PackagedProgram
{
    private readonly DirectoryInfo _folder;
    private readonly string _name;

    private PackagedProgram(string name)
    {
        _name = name;
        _folder = PackageFeed.Folder.CreateSubdirectory($"program-{name}");
    }

    /// <summary>A program of samples/ as it is, with packages in the place of projects.</summary>
    public static PackagedProgram OfSample(string name)
    {
        var program = new PackagedProgram(name);
        foreach (string file in Directory.GetFiles(Checkout.PathOf("samples", name), "*.cs")) program.Add(Path.GetFileName(file), File.ReadAllText(file));
        string project = File.ReadAllText(Checkout.PathOf("samples", name, $"{name}.csproj"));
        Assert.That(Reference().IsMatch(project), project);
        program.AddProject(Reference().Replace(project, match => ReferenceTo(match.Groups[1].Value)), "net10.0");
        return program;
    }

    /// <summary>A program of one file.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="framework">What it runs on.</param>
    /// <param name="source">Its text.</param>
    /// <param name="packages">What it takes, of others too.</param>
    public static PackagedProgram Of(string name, string framework, string source, params string[] packages)
    {
        var program = new PackagedProgram(name);
        program.Add("Program.cs", source);
        program.AddProject($"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
              </PropertyGroup>
              <ItemGroup>
                {string.Join(Environment.NewLine, packages.Select(ReferenceTo))}
              </ItemGroup>
            </Project>
            """, framework);
        return program;
    }

    /// <summary>Publishes it with its runtime, which this machine may lack.</summary>
    /// <returns>The program's path.</returns>
    public string Publish()
    {
        string output = Path.Combine(_folder.FullName, "out");
        string printed = SourceCopy.Dotnet(
            _folder.FullName, ["publish", "-c", "Release", "-r", RuntimeInformation.RuntimeIdentifier, "--self-contained", "-o", output]);
        Assert.That(printed, Does.Not.Contain("warning").IgnoreCase);
        return Path.Combine(output, OperatingSystem.IsWindows() ? $"{_name}.exe" : _name);
    }

    private static string ReferenceTo(string package) => $"""<PackageReference Include="{package}" Version="{VersionOf(package)}" />""";

    // Those of others have the version that the checkout tries them with.
    private static string VersionOf(string package) => PackageFeed.Libraries.Contains(package)
        ? PackageFeed.Version
        : XDocument.Load(Checkout.PathOf("Directory.Packages.props")).Descendants("PackageVersion")
            .Single(entry => entry.Attribute("Include")!.Value == package).Attribute("Version")!.Value;

    private void Add(string file, string text) => File.WriteAllText(Path.Combine(_folder.FullName, file), text);

    private void AddProject(string project, string framework)
    {
        Add($"{_name}.csproj", project);
        Add("Directory.Build.props", $"""
            <Project>
              <PropertyGroup>
                <TargetFramework>{framework}</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
                <InvariantGlobalization>true</InvariantGlobalization>
                <RestoreAdditionalProjectSources>{PackageFeed.Path}</RestoreAdditionalProjectSources>
                <RestorePackagesPath>{PackageFeed.Cache}</RestorePackagesPath>
              </PropertyGroup>
            </Project>
            """);
    }

    [GeneratedRegex("""<ProjectReference Include="\.\./\.\./src/([\w.]+)/\1\.csproj" />""")]
    private static partial Regex Reference();
}
