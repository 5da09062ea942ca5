using System.Diagnostics;
using IadNative.Cli;
using IadNative.Data;
using IadNative.Tests.Data;

namespace IadNative.Tests.Cli;

/// <summary>Names of files that are no UTF-8, which Linux allows and .NET cannot open.</summary>
[Platform("Linux")]
internal sealed class UndecodedNameTests
{
    // What .NET makes of "caf" and the byte E9.
    private const string Seen = "caf\uFFFD";

    private TestFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TestFolder();

    [TearDown]
    public void DeleteFolder()
    {
        // Nor can .NET delete them.
        Shell("rm -rf -- *");
        _folder.Dispose();
    }

    [Test]
    public void An_image_with_such_a_name_is_no_silent_loss()
    {
        File.WriteAllBytes(_folder.File("a.png"), PngFile.Grey(2, 2, (_, _) => 1));
        Shell("cp a.png \"$(printf 'caf\\351.png')\"");
        CliRun run = CliRun.Of("fit", _folder.File(""), "--images");
        Assert.That(run.Code, Is.EqualTo(ExitCodes.BadInput));
        Assert.That(run.Err, Does.Contain($"there is the image '{Seen}.png'").And.Contain("no UTF-8").And.Contain("Rename it."));
        Assert.That(() => DatasetReader.Read(_folder.File("")), Throws.TypeOf<DataFormatException>().With.Message.Contains(Seen));
    }

    [Test]
    public void Nor_are_images_in_a_folder_with_such_a_name()
    {
        Directory.CreateDirectory(_folder.File("a"));
        File.WriteAllBytes(_folder.File("a/1.png"), PngFile.Grey(2, 2, (_, _) => 1));
        Shell("mkdir \"$(printf 'caf\\351')\"; cp a/1.png \"$(printf 'caf\\351')\"");
        Assert.That(() => DatasetReader.Read(_folder.File("")), Throws.TypeOf<DataFormatException>().With.Message.Contains($"there is the folder '{Seen}'"));
    }

    [Test]
    public void Files_that_are_no_images_may_be_called_anything()
    {
        File.WriteAllBytes(_folder.File("a.png"), PngFile.Grey(2, 2, (_, _) => 1));
        Shell("touch \"$(printf 'caf\\351.txt')\"");
        Assert.That(DatasetReader.Read(_folder.File("")).Rows, Is.EqualTo(1));
    }

    [Test]
    public void An_image_whose_name_holds_the_replacement_character_itself_is_read()
    {
        File.WriteAllBytes(_folder.File($"{Seen}.png"), PngFile.Grey(2, 2, (_, _) => 1));
        Assert.That(DatasetReader.Read(_folder.File("")).Rows, Is.EqualTo(1));
    }

    [TestCase("fit DATA")]
    [TestCase("score DATA data.csv")]
    [TestCase("info DATA")]
    public void A_file_that_cannot_be_opened_by_its_name_is_refused_with_the_way_out(string command)
    {
        _folder.WriteCsv();
        Shell("cp data.csv \"$(printf 'caf\\351.csv')\"");
        CliRun run = CliRun.Of([.. command.Split(' ').Select(word => word == "DATA" ? _folder.File($"{Seen}.csv") : word)]);
        Assert.That(run.Code, Is.EqualTo(ExitCodes.BadInput));
        Assert.That(run.Err, Does.Contain($"{Seen}.csv'").And.Contain("no UTF-8").And.Contain("rename"));
    }

    [TestCase("--out", $"{Seen}.iad")]
    [TestCase("--json", $"{Seen}.json")]
    [TestCase("--report", $"{Seen}.html")]
    [TestCase("--out", $"{Seen}/m.iad")]
    public void Nothing_is_written_under_another_name_than_was_asked_for(string option, string name)
    {
        string data = _folder.WriteCsv();
        CliRun run = CliRun.Of("fit", data, option, _folder.File(name));
        Assert.That(run.Code, Is.EqualTo(ExitCodes.BadInput));
        Assert.That(run.Err, Does.StartWith($"error: {option} '").And.Contain("no UTF-8").And.Contain("give another name"));
        Assert.That(_folder.Files, Is.EqualTo(new[] { "data.csv" }));
    }

    private void Shell(string script)
    {
        using Process process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", script]) { WorkingDirectory = _folder.File("") })!;
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero, script);
    }
}
