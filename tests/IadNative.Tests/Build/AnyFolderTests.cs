using System.IO.Compression;
using System.Security.Cryptography;

namespace IadNative.Tests.Build;

/// <summary>The sources, built in folders of other names.</summary>
[Category("Slow")]
public sealed class AnyFolderTests
{
    private static readonly string[] s_ofTool = ["IadNative", "IadNative.Cuda", "IadNative.Fleet", "IadNative.Fleet.PostgreSql", "IadNative.Onnx", "IadNative.Parquet", "iad"];
    private static readonly string[] s_beside = ["IadNative.Extensions.Hosting", "IadNative.ML"];

    private DirectoryInfo _folder = null!;

    [OneTimeSetUp]
    public void Start()
    {
        _ = Checkout.Root;
        _folder = Directory.CreateTempSubdirectory("iad-build-test-");
    }

    [OneTimeTearDown]
    public void Stop() => _folder?.Delete(recursive: true);

    [Test]
    public void It_builds_in_any_folder_and_what_ships_has_the_same_bytes()
    {
        // Rules that go by folders must not be misled by those above the checkout.
        var odd = new SourceCopy(Path.Combine(_folder.FullName, "src", "tests", "bench", "ein größerer Ordner, a=b #1"));
        odd.Dotnet("build", "bench/IadNative.Reproduction.Tests", "-c", "Release", "-p:RestoreLockedMode=true");
        var plain = new SourceCopy(Path.Combine(_folder.FullName, "plain"));
        plain.Dotnet("build", "src/IadNative.Cli", "-c", "Release", "-p:RestoreLockedMode=true", "-p:RunAnalyzers=false");
        foreach (string project in (string[])[.. s_beside, "IadNative.Parquet"]) // for all its frameworks: it is packed below
        {
            foreach (SourceCopy copy in (SourceCopy[])[odd, plain]) copy.Dotnet("build", $"src/{project}", "-c", "Release", "-p:RunAnalyzers=false");
        }

        foreach ((string project, string name) in s_ofTool.Select(name => ("IadNative.Cli", name)).Concat(s_beside.Select(name => (name, name))))
        {
            string Output(SourceCopy copy, string extension) => copy.PathOf("src", project, "bin", "Release", "net10.0", name + extension);
            foreach (string extension in (string[])[".dll", ".pdb"])
                Assert.That(File.ReadAllBytes(Output(odd, extension)), Is.EqualTo(File.ReadAllBytes(Output(plain, extension))), name + extension);
        }

        // Packed into a plain folder: the SDK itself takes a comma in its option for the end of a name.
        string[][] packages = [.. ((SourceCopy[])[odd, plain]).Select(copy => Pack(copy, "src/IadNative.Cli", "src/IadNative.Parquet"))];
        Assert.That(packages[0], Has.Length.EqualTo(3)); // the tool, the library, its symbols
        Assert.That(packages[0].Select(Path.GetFileName), Is.EqualTo(packages[1].Select(Path.GetFileName)));
        foreach ((string one, string other) in packages[0].Zip(packages[1])) Assert.That(Content(one), Is.EqualTo(Content(other)), one);
    }

    [Test]
    public void The_lock_files_hold_whatever_version_of_the_analysis_the_SDK_brings()
    {
        var copy = new SourceCopy(Path.Combine(_folder.FullName, "locked"));
        string older = Path.Combine(_folder.FullName, "older.targets");
        File.WriteAllText(older, """
            <Project>
              <ItemGroup>
                <KnownILLinkPack Update="@(KnownILLinkPack)" ILLinkPackVersion="10.0.0" />
              </ItemGroup>
            </Project>
            """);
        copy.Dotnet("restore", "IadNative.sln", "-p:RestoreLockedMode=true", $"-p:CustomBeforeMicrosoftCommonTargets={older}");
        copy.Dotnet("restore", "IadNative.sln", "-p:RestoreLockedMode=true");
    }

    private string[] Pack(SourceCopy copy, params string[] projects)
    {
        string folder = Directory.CreateDirectory(Path.Combine(_folder.FullName, $"packed-{copy.Root.Length}")).FullName;
        foreach (string project in projects)
            copy.Dotnet("pack", project, "-c", "Release", "--no-build", "-o", folder, "-p:ToolPackageRuntimeIdentifiers="); // what was built, for any platform
        return [.. Directory.GetFiles(folder).Order(StringComparer.Ordinal)];
    }

    // Names and checksums of what is in a package.
    private static string[] Content(string package)
    {
        using ZipArchive archive = ZipFile.OpenRead(package);
        return [.. archive.Entries.Select(Line).Order(StringComparer.Ordinal)];

        static string Line(ZipArchiveEntry entry)
        {
            using Stream stream = entry.Open();
            return $"{entry.FullName} {Convert.ToHexStringLower(SHA256.HashData(stream))}";
        }
    }
}
