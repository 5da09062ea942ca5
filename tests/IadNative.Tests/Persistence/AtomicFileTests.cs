using System.Runtime.Versioning;
using System.Text;
using IadNative.Persistence;

namespace IadNative.Tests.Persistence;

public sealed class AtomicFileTests
{
    private string _folder = "";

    [SetUp]
    public void CreateFolder() => _folder = Directory.CreateTempSubdirectory("iad-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void A_new_file_appears_with_its_content_and_alone()
    {
        AtomicFile.Write(InFolder("new"), Text("hello"));
        AssertFolderHolds(("new", "hello"));
    }

    [Test]
    public void A_longer_old_file_is_replaced_whole()
    {
        File.WriteAllText(InFolder("file"), "old and much longer");
        AtomicFile.Write(InFolder("file"), Text("new"));
        AssertFolderHolds(("file", "new"));
    }

    [Test]
    public void The_old_content_is_there_until_writing_has_ended()
    {
        File.WriteAllText(InFolder("file"), "old");
        string? seen = null;
        AtomicFile.Write(InFolder("file"), stream =>
        {
            Text("new")(stream);
            stream.Flush();
            seen = File.ReadAllText(InFolder("file"));
        });
        Assert.That(seen, Is.EqualTo("old"));
        AssertFolderHolds(("file", "new"));
    }

    [Test]
    public void A_failure_or_a_cancellation_while_writing_leaves_the_old_file_and_nothing_else()
    {
        File.WriteAllText(InFolder("file"), "old");
        foreach (Exception failure in new Exception[] { new IOException("disk full"), new OperationCanceledException() })
        {
            Exception? thrown = Assert.Catch(() => AtomicFile.Write(InFolder("file"), stream =>
            {
                Text("half")(stream);
                throw failure;
            }));
            Assert.That(thrown, Is.SameAs(failure));
            AssertFolderHolds(("file", "old"));
        }
    }

    [Test]
    public void A_failure_while_writing_a_new_file_leaves_an_empty_folder()
    {
        Assert.That(() => AtomicFile.Write(InFolder("file"), _ => throw new InvalidOperationException()),
            Throws.InvalidOperationException);
        AssertFolderHolds();
    }

    [Test]
    public void A_target_that_became_a_folder_while_writing_fails_and_leaves_no_temporary()
    {
        string path = InFolder("file");
        Assert.That(() => AtomicFile.Write(path, _ => Directory.CreateDirectory(path)),
            Throws.InstanceOf<IOException>().Or.InstanceOf<UnauthorizedAccessException>());
        AssertFolderHolds();
        Assert.That(Directory.Exists(path), Is.True);
    }

    [Test]
    public void A_folder_as_target_is_refused_before_anything_is_written()
    {
        bool written = false;
        Assert.That(() => AtomicFile.Write(_folder, _ => written = true),
            Throws.TypeOf<IOException>().With.Message.Contains(_folder));
        Assert.That(written, Is.False);
    }

    [Test]
    public void A_missing_folder_is_named()
    {
        string missing = InFolder("missing");
        Assert.That(() => AtomicFile.Write(Path.Combine(missing, "file"), Text("x")),
            Throws.TypeOf<DirectoryNotFoundException>().With.Message.Contains(missing + " does not exist"));
    }

    [Test]
    public void A_relative_path_and_a_name_of_255_letters_work()
    {
        string name = new('x', 255);
        AtomicFile.Write(Path.GetRelativePath(Environment.CurrentDirectory, InFolder(name)), Text("x"));
        AssertFolderHolds((name, "x"));
    }

    [Test]
    public void Two_writers_of_one_file_do_not_meet()
    {
        AtomicFile.Write(InFolder("file"), outer =>
        {
            Text("outer")(outer);
            AtomicFile.Write(InFolder("file"), Text("inner"));
        });
        AssertFolderHolds(("file", "outer"));
    }

    [Test, Platform(Exclude = "Win"), UnsupportedOSPlatform("windows")]
    public void A_private_file_stays_private()
    {
        const UnixFileMode ownerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        File.WriteAllText(InFolder("file"), "old");
        File.SetUnixFileMode(InFolder("file"), ownerOnly);
        AtomicFile.Write(InFolder("file"), Text("new"));
        Assert.That(File.GetUnixFileMode(InFolder("file")), Is.EqualTo(ownerOnly));
        AssertFolderHolds(("file", "new"));
    }

    [Test, Platform(Exclude = "Win")]
    public void A_link_stays_and_the_file_behind_it_is_replaced()
    {
        File.WriteAllText(InFolder("file"), "old");
        File.CreateSymbolicLink(InFolder("link"), "file");
        AtomicFile.Write(InFolder("link"), Text("new"));
        Assert.That(new FileInfo(InFolder("link")).LinkTarget, Is.EqualTo("file"));
        AssertFolderHolds(("file", "new"), ("link", "new"));
    }

    [Test, Platform(Exclude = "Win")]
    public void Links_to_links_stay_and_the_file_behind_all_of_them_is_replaced()
    {
        File.WriteAllText(InFolder("file"), "old");
        File.CreateSymbolicLink(InFolder("link"), "file");
        File.CreateSymbolicLink(InFolder("second"), "link");
        AtomicFile.Write(InFolder("second"), Text("new"));
        Assert.That(new FileInfo(InFolder("second")).LinkTarget, Is.EqualTo("link"));
        Assert.That(new FileInfo(InFolder("link")).LinkTarget, Is.EqualTo("file"));
        AssertFolderHolds(("file", "new"), ("link", "new"), ("second", "new"));
    }

    [Test, Platform(Exclude = "Win")]
    public void A_device_is_written_to_and_stays_a_device()
    {
        File.CreateSymbolicLink(InFolder("link"), "/dev/null");
        foreach (string path in new[] { "/dev/null", InFolder("link") })
        {
            bool written = false;
            AtomicFile.Write(path, stream =>
            {
                Text("x")(stream);
                written = true;
            });
            Assert.That(written, Is.True);
            Assert.That(File.ReadAllText(path), Is.Empty);
        }
    }

    private string InFolder(string name) => Path.Combine(_folder, name);

    private static Action<Stream> Text(string text) => stream => stream.Write(Encoding.UTF8.GetBytes(text));

    private void AssertFolderHolds(params (string Name, string Content)[] files) => Assert.That(
        Directory.GetFiles(_folder).Select(path => (Path.GetFileName(path), File.ReadAllText(path))), Is.EquivalentTo(files));
}
