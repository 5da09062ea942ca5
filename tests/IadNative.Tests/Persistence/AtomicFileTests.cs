using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;
using IadNative.Persistence;

namespace IadNative.Tests.Persistence;

public sealed partial class AtomicFileTests
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
    [Category("Device")]
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

    [Test, Platform(Exclude = "Win")]
    public void A_link_to_nothing_yet_stays_and_the_file_is_made_where_it_leads()
    {
        Directory.CreateDirectory(InFolder("sub"));
        File.CreateSymbolicLink(InFolder("link"), "sub/new");
        AtomicFile.Write(InFolder("link"), Text("new"));
        Assert.That(new FileInfo(InFolder("link")).LinkTarget, Is.EqualTo("sub/new"));
        Assert.That(File.ReadAllText(InFolder("sub/new")), Is.EqualTo("new"));
    }

    [Test, Platform(Exclude = "Win")]
    public void Links_that_lead_in_a_circle_are_refused_before_anything_is_written()
    {
        File.CreateSymbolicLink(InFolder("one"), "two");
        File.CreateSymbolicLink(InFolder("two"), "one");
        File.CreateSymbolicLink(InFolder("self"), "self");
        foreach (string name in new[] { "one", "self", "self/file" })
        {
            Assert.That(() => AtomicFile.Write(InFolder(name), _ => Assert.Fail("written")),
                Throws.TypeOf<IOException>().With.Message.StartsWith(InFolder(name)).And.Message.Contains("in a circle"));
        }
    }

    [Test, Platform(Exclude = "Win"), UnsupportedOSPlatform("windows")]
    public void Permissions_are_kept_whatever_the_mask_but_not_the_right_to_act_for_the_owner()
    {
        const UnixFileMode all = (UnixFileMode)0b110_110_110;
        File.WriteAllText(InFolder("file"), "old");
        File.SetUnixFileMode(InFolder("file"), all | UnixFileMode.SetUser);
        AtomicFile.Write(InFolder("file"), Text("new"));
        Assert.That(File.GetUnixFileMode(InFolder("file")), Is.EqualTo(all));
        AssertFolderHolds(("file", "new"));
    }

    [Test, Platform(Exclude = "Win"), UnsupportedOSPlatform("windows")]
    public void Nobody_else_can_read_a_private_file_while_it_is_written()
    {
        File.WriteAllText(InFolder("file"), "old");
        File.SetUnixFileMode(InFolder("file"), UnixFileMode.UserRead);
        UnixFileMode? during = null;
        AtomicFile.Write(InFolder("file"), _ =>
            during = File.GetUnixFileMode(Directory.GetFiles(_folder).Single(file => Path.GetFileName(file) != "file")));
        Assert.That(during, Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        Assert.That(File.GetUnixFileMode(InFolder("file")), Is.EqualTo(UnixFileMode.UserRead));
    }

    [Test, Platform("Linux")]
    public async Task A_named_pipe_is_written_to_and_stays_a_pipe()
    {
        Assert.That(MakePipe(InFolder("pipe"), 0b110_000_000), Is.Zero);
        Task<string> reader = Task.Run(() => File.ReadAllText(InFolder("pipe")));
        AtomicFile.Write(InFolder("pipe"), Text("hello"));
        Assert.That(await reader, Is.EqualTo("hello"));
        Assert.That(OutputPlace.IsDevice(InFolder("pipe")), Is.True);
        Assert.That(Directory.GetFiles(_folder), Is.EqualTo(new[] { InFolder("pipe") }));
    }

    [Test, Platform("Linux"), UnsupportedOSPlatform("windows")]
    public void In_a_folder_that_is_open_to_all_links_and_files_of_others_are_refused()
    {
        if (FileStatus.User != 0) Assert.Ignore("Only root can make files of other users.");
        Directory.CreateDirectory(InFolder("victim"));
        File.WriteAllText(InFolder("victim/file"), "old");
        string open = Directory.CreateDirectory(InFolder("open")).FullName;
        File.CreateSymbolicLink(Path.Combine(open, "link"), InFolder("victim/file"));
        File.CreateSymbolicLink(Path.Combine(open, "folder"), InFolder("victim"));
        File.CreateSymbolicLink(InFolder("way"), Path.Combine(open, "link"));
        File.WriteAllText(Path.Combine(open, "own"), "old");
        string[] all = [Path.Combine(open, "link"), Path.Combine(open, "folder/file"), InFolder("way"), Path.Combine(open, "own")];
        UnixFileMode sticky = (UnixFileMode)0b111_111_111 | UnixFileMode.StickyBit;

        Own("link", Other);
        Own("folder", Other);
        Own("own", Other);
        File.SetUnixFileMode(open, sticky);
        foreach (string path in all)
        {
            Assert.That(() => AtomicFile.Write(path, _ => Assert.Fail("written")),
                Throws.TypeOf<UnauthorizedAccessException>().With.Message.StartsWith(path).And.Message.Contains("another user"));
        }

        Assert.That(File.ReadAllText(InFolder("victim/file")), Is.EqualTo("old"));
        Assert.That(File.ReadAllText(Path.Combine(open, "own")), Is.EqualTo("old"));

        // Not where the folder's owner made them, nor where not all may write, nor where the user made them.
        Own("", Other);
        AssertWritten(all, "owner's");
        Own("", User);
        File.SetUnixFileMode(open, (UnixFileMode)0b111_101_101 | UnixFileMode.StickyBit);
        AssertWritten(all, "closed");
        File.SetUnixFileMode(open, sticky);
        foreach (string name in new[] { "link", "folder", "own" }) Own(name, User);
        AssertWritten(all, "own");

        void Own(string name, uint owner) => Assert.That(ChangeOwner(Path.Combine(open, name), owner, uint.MaxValue), Is.Zero);
    }

    [Test]
    public void What_killed_processes_have_left_is_removed_and_nothing_else()
    {
        string dead = Left("dead"), living = Left("living"), young = Left("young"), link = Left("link");
        File.Delete(link);
        File.CreateSymbolicLink(link, Path.GetFileName(young));
        foreach (string file in new[] { dead, living }) File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddMinutes(-11));
        File.SetLastWriteTimeUtc(young, DateTime.UtcNow.AddMinutes(-9));
        using (new FileStream(living, FileMode.Open, FileAccess.Write, FileShare.None))
        {
            AtomicFile.Write(InFolder("file"), Text("new"));
            Assert.That(new[] { dead, living, young, link }.Select(File.Exists), Is.EqualTo(new[] { false, true, true, true }));
        }

        AtomicFile.Try(_folder);
        Assert.That(File.Exists(living), Is.False, "its process is gone");
        Assert.That(Directory.GetFiles(_folder), Is.EquivalentTo(new[] { InFolder("file"), young, link }));
    }

    [Test]
    public void A_file_that_is_being_written_for_hours_is_left_alone()
    {
        AtomicFile.Write(InFolder("slow"), slow =>
        {
            Text("begun, ")(slow);
            slow.Flush();
            File.SetLastWriteTimeUtc(Directory.GetFiles(_folder).Single(), DateTime.UtcNow.AddHours(-5));
            AtomicFile.Write(InFolder("quick"), Text("done"));
            Text("done")(slow);
        });
        AssertFolderHolds(("quick", "done"), ("slow", "begun, done"));
    }

    private const uint User = 0, Other = 65534;

    private string Left(string name)
    {
        string path = InFolder($".iad-{name}.tmp");
        File.WriteAllText(path, "half");
        return path;
    }

    private static void AssertWritten(string[] paths, string text)
    {
        foreach (string path in paths)
        {
            AtomicFile.Write(path, Text(text + path));
            Assert.That(File.ReadAllText(path), Is.EqualTo(text + path));
        }
    }

    [LibraryImport("libc", EntryPoint = "mkfifo", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakePipe(string path, uint mode);

    [LibraryImport("libc", EntryPoint = "lchown", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeOwner(string path, uint owner, uint group);

    private string InFolder(string name) => Path.Combine(_folder, name);

    private static Action<Stream> Text(string text) => stream => stream.Write(Encoding.UTF8.GetBytes(text));

    private void AssertFolderHolds(params (string Name, string Content)[] files) => Assert.That(
        Directory.GetFiles(_folder).Select(path => (Path.GetFileName(path), File.ReadAllText(path))), Is.EquivalentTo(files));
}
