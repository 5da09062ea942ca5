using System.IO.Compression;

namespace IadNative.Tests.Build;

/// <summary>The sources, built in folders of other names.</summary>
[Category("Slow")]
public sealed class AnyFolderTests
{
    private static readonly string[] s_shipped = ["IadNative", "IadNative.Cuda", "IadNative.Parquet", "iad"];

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
        plain.Dotnet("build", "src/IadNative.Cli", "-c", "Release", "-p:RestoreLockedMode=true");
        string Output(SourceCopy copy, string file) => copy.PathOf("src", "IadNative.Cli", "bin", "Release", "net10.0", file);
        foreach (string name in s_shipped)
        {
            foreach (string extension in (string[])[".dll", ".pdb"])
            {
                string file = name + extension;
                Assert.That(File.ReadAllBytes(Output(odd, file)), Is.EqualTo(File.ReadAllBytes(Output(plain, file))), file);
            }
        }

        foreach (SourceCopy copy in (SourceCopy[])[odd, plain])
        {
            copy.Dotnet("pack", "src/IadNative.Cli", "-c", "Release", "--no-build", "-o", copy.PathOf("artifacts"));
            copy.Dotnet("pack", "src/IadNative.Parquet", "-c", "Release", "--no-build", "-o", copy.PathOf("artifacts"));
        }

        string[] packages = [.. Directory.GetFiles(plain.PathOf("artifacts")).Select(file => Path.GetFileName(file))];
        Assert.That(packages, Has.Length.EqualTo(2));
        foreach (string package in packages)
        {
            Dictionary<string, byte[]> content = Content(plain.PathOf("artifacts", package));
            Assert.That(content, Has.Count.GreaterThan(3));
            Assert.That(Content(odd.PathOf("artifacts", package)), Is.EquivalentTo(content), package);
        }
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

    // All but what names the moment of packing.
    private static Dictionary<string, byte[]> Content(string package)
    {
        using ZipArchive archive = ZipFile.OpenRead(package);
        return archive.Entries
            .Where(entry => entry.Name != ".rels" && !entry.Name.EndsWith(".psmdcp", StringComparison.Ordinal))
            .ToDictionary(entry => entry.FullName, Bytes);

        static byte[] Bytes(ZipArchiveEntry entry)
        {
            using Stream stream = entry.Open();
            using var bytes = new MemoryStream();
            stream.CopyTo(bytes);
            return bytes.ToArray();
        }
    }
}
