using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace IadNative.Tests.Build;

/// <summary>What the build takes from elsewhere is named, with versions and checksums.</summary>
public sealed partial class SupplyChainTests
{
    [Test]
    public void Every_project_of_the_solution_has_a_lock_file_with_a_checksum_for_each_package()
    {
        Dictionary<string, string> central = XDocument.Load(Checkout.PathOf("Directory.Packages.props")).Descendants("PackageVersion")
            .ToDictionary(package => package.Attribute("Include")!.Value, package => package.Attribute("Version")!.Value);
        string[] projects = [.. ProjectPath().Matches(File.ReadAllText(Checkout.PathOf("IadNative.sln")))
            .Select(match => match.Groups[1].Value.Replace('\\', Path.DirectorySeparatorChar))];
        Assert.That(projects, Has.Length.GreaterThan(9));
        foreach (string project in projects)
        {
            string file = Checkout.PathOf(Path.GetDirectoryName(project)!, "packages.lock.json");
            Assert.That(file, Does.Exist);
            using JsonDocument locked = JsonDocument.Parse(File.ReadAllText(file));
            // A part for a machine, such as net10.0/linux-x64, would bring versions that are the SDK's own.
            JsonProperty[] frameworks = [.. locked.RootElement.GetProperty("dependencies").EnumerateObject()];
            Assert.That(frameworks.Select(framework => framework.Name), Does.Contain("net10.0").And.SubsetOf(new[] { "net10.0", "net8.0" }), file);
            foreach (JsonProperty package in frameworks.SelectMany(framework => framework.Value.EnumerateObject()))
            {
                if (package.Value.GetProperty("type").GetString() == "Project") continue;
                Assert.That(Convert.FromBase64String(package.Value.GetProperty("contentHash").GetString()!), Has.Length.EqualTo(64));
                if (central.TryGetValue(package.Name, out string? version))
                    Assert.That(package.Value.GetProperty("resolved").GetString(), Is.EqualTo(version), $"{package.Name} in {file}");
            }
        }
    }

    [Test]
    public void No_machine_of_ours_and_no_source_of_packages_is_named()
    {
        string[] files =
        [
            .. Directory.GetFiles(Checkout.Root, "*.props"), .. Directory.GetFiles(Checkout.PathOf(".config")),
            .. Directory.GetFiles(Checkout.PathOf("src"), "packages.lock.json", SearchOption.AllDirectories),
        ];
        Assert.That(files, Has.Length.GreaterThan(6));
        foreach (string file in files)
        {
            Assert.That(Address().Matches(File.ReadAllText(file)).Select(match => match.Value), Is.SubsetOf(new[] { "https://dot.net" }), file);
            Assert.That(Path.GetFileName(file), Is.Not.EqualTo("nuget.config").IgnoreCase, "a machine's own sources stay its own");
        }
    }

    [Test]
    public void Actions_of_workflows_are_pinned_by_commit()
    {
        string[] actions = [.. Directory.GetFiles(Checkout.PathOf(".github", "workflows"))
            .SelectMany(file => Action().Matches(File.ReadAllText(file))).Select(match => match.Groups[1].Value)];
        Assert.That(actions, Has.Length.GreaterThan(1).And.All.Matches("@[0-9a-f]{40} # v[0-9.]+$"));
    }

    [Test]
    [Category("Slow")]
    public void The_bill_of_materials_names_all_that_ships_with_versions_checksums_and_licences()
    {
        string folder = Directory.CreateTempSubdirectory("iad-sbom-test-").FullName;
        try
        {
            string[] call = [.. BuildScriptTests.SbomCall.Split(' ').Skip(1).Select(word => word == "artifacts" ? folder : word)];
            SourceCopy.Dotnet(Checkout.Root, call);
            using JsonDocument bill = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "iad.cdx.json")));
            Assert.That(bill.RootElement.GetProperty("metadata").GetProperty("component").GetProperty("version").GetString(),
                Is.EqualTo(XDocument.Load(Checkout.PathOf("Directory.Build.props")).Descendants("Version").Single().Value));
            Dictionary<string, JsonElement> components = bill.RootElement.GetProperty("components").EnumerateArray()
                .ToDictionary(component => component.GetProperty("name").GetString()!);
            using JsonDocument locked = JsonDocument.Parse(File.ReadAllText(Checkout.PathOf("src", "IadNative.Cli", "packages.lock.json")));
            foreach (JsonProperty package in locked.RootElement.GetProperty("dependencies").GetProperty("net10.0").EnumerateObject())
            {
                // Projects are named as their folders are, and in small letters here.
                string name = components.Keys.Single(name => string.Equals(name, package.Name, StringComparison.OrdinalIgnoreCase));
                if (package.Value.GetProperty("type").GetString() == "Project") continue;
                JsonElement component = components[name];
                Assert.That(component.GetProperty("version").GetString(), Is.EqualTo(package.Value.GetProperty("resolved").GetString()));
                Assert.That(component.GetProperty("hashes").GetArrayLength(), Is.Positive, name);
                JsonElement licence = component.GetProperty("licenses")[0].GetProperty("license");
                Assert.That(licence.TryGetProperty("id", out _) || licence.TryGetProperty("url", out _), Is.True, name);
            }

            foreach (string shipped in (string[])["IadNative", "IadNative.Cuda", "IadNative.Parquet", "SkiaSharp", "ZstdSharp.Port"])
                Assert.That(components, Does.ContainKey(shipped));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [GeneratedRegex(@"""([^""]+\.csproj)""")]
    private static partial Regex ProjectPath();

    [GeneratedRegex(@"https?://[^""\s.]+(?:\.[\w-]+)*")]
    private static partial Regex Address();

    [GeneratedRegex(@"uses: (.+)")]
    private static partial Regex Action();
}
