using System.Diagnostics;
using System.Runtime.Versioning;
using System.Text;
using IadNative.Cuda.Compilation;

namespace IadNative.Tests.Cuda;

public sealed class KernelCacheTests
{
    private static readonly KernelProgram s_program = new("a.cu", "source", [new("h.cuh", "header")], "sm_90");

    private string _folder = "";
    private List<string> _warnings = null!;

    [SetUp]
    public void CreateFolder()
    {
        _folder = Directory.CreateTempSubdirectory("iad-kernels-").FullName;
        _warnings = [];
    }

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void The_second_compilation_of_a_program_is_read()
    {
        CountingCompiler compiler = new();
        byte[] first = Cache(compiler).Compile(s_program);
        byte[] second = Cache(compiler).Compile(s_program);
        Assert.That(compiler.Count, Is.EqualTo(1));
        Assert.That(first, Is.EqualTo(CountingCompiler.CodeOf(s_program)));
        Assert.That(second, Is.EqualTo(first));
    }

    [Test]
    public void Whatever_a_compilation_depends_on_makes_another_entry()
    {
        CountingCompiler compiler = new();
        KernelProgram[] programs =
        [
            s_program,
            s_program with { File = "b.cu" },
            s_program with { Source = "other" },
            s_program with { Headers = [new("h.cuh", "other")] },
            s_program with { Headers = [new("g.cuh", "header")] },
            s_program with { Headers = [] },
            s_program with { Headers = [.. s_program.Headers, new("z.cuh", "")] },
            s_program with { Source = "sourceh", Headers = [new(".cuh", "header")] },
        ];
        foreach (KernelProgram program in programs)
            Assert.That(Cache(compiler).Compile(program), Is.EqualTo(CountingCompiler.CodeOf(program)));
        Cache(compiler).Compile(new KernelProgram(s_program.File, s_program.Source, s_program.Headers, "sm_80"));
        Cache(new CountingCompiler { Version = "NVRTC 12.5" }).Compile(s_program);
        Assert.That(compiler.Count, Is.EqualTo(programs.Length + 1));
        Assert.That(Directory.GetFiles(_folder), Has.Length.EqualTo(programs.Length + 2));
    }

    [Test]
    public void A_damaged_entry_is_compiled_again_and_replaced()
    {
        CountingCompiler compiler = new();
        Cache(compiler).Compile(s_program);
        string path = Directory.GetFiles(_folder).Single();
        byte[] good = File.ReadAllBytes(path);
        byte[][] damaged =
        [
            [], good[..20], good[..32], good[..^1], [.. good, 0],
            .. Enumerable.Range(0, good.Length).Select(i => good.Select((b, j) => (byte)(i == j ? b ^ 1 : b)).ToArray()),
        ];
        foreach (byte[] content in damaged)
        {
            int before = compiler.Count;
            File.WriteAllBytes(path, content);
            Assert.That(Cache(compiler).Compile(s_program), Is.EqualTo(CountingCompiler.CodeOf(s_program)));
            Assert.That(compiler.Count, Is.EqualTo(before + 1));
            Assert.That(File.ReadAllBytes(path), Is.EqualTo(good));
        }
    }

    [Test]
    public void An_entry_under_the_name_of_another_is_not_taken_for_it()
    {
        CountingCompiler compiler = new();
        KernelProgram other = s_program with { Source = "other" };
        Cache(compiler).Compile(s_program);
        string path = Directory.GetFiles(_folder).Single();
        Cache(compiler).Compile(other);
        File.Copy(Directory.GetFiles(_folder).Single(file => file != path), path, overwrite: true);
        Assert.That(Cache(compiler).Compile(s_program), Is.EqualTo(CountingCompiler.CodeOf(s_program)));
    }

    [Test]
    public void Many_writers_and_readers_of_one_folder_all_get_whole_code()
    {
        CountingCompiler compiler = new();
        KernelProgram[] programs =
            [.. "abc".Select(letter => s_program with { Source = new string(letter, 200_000) })];
        Parallel.For(0, 120, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
        {
            // Now and then an entry goes, as another process may clear the cache.
            if (i % 10 == 9)
                Array.ForEach(Directory.GetFiles(_folder, "*.bin"), File.Delete);
            KernelProgram program = programs[i % programs.Length];
            byte[] code = Cache(compiler).Compile(program);
            Assert.That(code.AsSpan().SequenceEqual(CountingCompiler.CodeOf(program)), Is.True);
        });
        Assert.That(Directory.GetFiles(_folder, "*.tmp"), Is.Empty);
    }

    [Test]
    public void A_folder_that_vanishes_costs_a_compilation_and_a_warning()
    {
        KernelCache cache = new(new CountingCompiler(), Path.Combine(_folder, "gone"), _warnings.Add);
        Assert.That(cache.Compile(s_program), Is.EqualTo(CountingCompiler.CodeOf(s_program)));
        Assert.That(_warnings, Has.One.Contains("could not be kept"));
    }

    [Test]
    public void Errors_of_the_compiler_pass_and_leave_nothing()
    {
        Assert.That(() => Cache(new CountingCompiler { Fails = true }).Compile(s_program), Throws.InvalidOperationException);
        Assert.That(Directory.GetFiles(_folder), Is.Empty);
    }

    [TestCase("/x", "/y", "/z", "/h", "/x")]
    [TestCase(null, "/y", "/z", "/h", "/y")]
    [TestCase(null, null, "/z", "/h", "/z/iadnative/kernels")]
    [TestCase(null, "", "relative", "/h", "/h/.cache/iadnative/kernels")]
    [TestCase(null, null, null, "/h", "/h/.cache/iadnative/kernels")]
    [TestCase(null, null, null, null, null)]
    [TestCase("off", "/y", "/z", "/h", null)]
    [TestCase(null, "OFF", "/z", "/h", null)]
    [Platform(Exclude = "Win")]
    public void The_folder_follows_choice_and_environment(
        string? choice, string? own, string? xdg, string? home, string? expected) =>
        Assert.That(KernelCacheFolder.Locate(choice, name => name switch
        {
            "IAD_KERNEL_CACHE" => own, "XDG_CACHE_HOME" => xdg, "HOME" => home, _ => null,
        }), Is.EqualTo(expected));

    [Test, Platform("Linux"), UnsupportedOSPlatform("windows")]
    public void A_new_folder_is_the_users_alone()
    {
        string folder = Path.Combine(_folder, "new", "kernels");
        Assert.That(KernelCacheFolder.Prepare(folder, _warnings.Add), Is.True);
        Assert.That(File.GetUnixFileMode(folder),
            Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));
        Assert.That(_warnings, Is.Empty);
    }

    [TestCase(UnixFileMode.GroupWrite)]
    [TestCase(UnixFileMode.OtherWrite)]
    [Platform("Linux"), UnsupportedOSPlatform("windows")]
    public void A_folder_that_others_may_write_to_is_refused(UnixFileMode more)
    {
        File.SetUnixFileMode(_folder, File.GetUnixFileMode(_folder) | more);
        Assert.That(KernelCacheFolder.Prepare(_folder, _warnings.Add), Is.False);
        Assert.That(_warnings, Has.One.Contains("others may write to it").And.One.Contains("IAD_KERNEL_CACHE"));
    }

    [Test, Platform("Linux")]
    public void A_folder_of_somebody_else_is_refused()
    {
        string folder = "/usr";
        if (Environment.IsPrivilegedProcess)
            GiveAway(folder = _folder);
        Assert.That(KernelCacheFolder.Prepare(folder, _warnings.Add), Is.False);
        Assert.That(_warnings, Has.One.Contains("belongs to another user"));
    }

    [Test, Platform("Linux")]
    public void An_entry_of_somebody_else_is_compiled_again()
    {
        if (!Environment.IsPrivilegedProcess)
            Assert.Ignore("Only root can give a file away.");
        CountingCompiler compiler = new();
        Cache(compiler).Compile(s_program);
        GiveAway(Directory.GetFiles(_folder).Single());
        Cache(compiler).Compile(s_program);
        Cache(compiler).Compile(s_program);
        Assert.That(compiler.Count, Is.EqualTo(2));
    }

    [Test, Platform("Linux")]
    public void A_folder_that_cannot_be_created_is_refused()
    {
        File.WriteAllText(Path.Combine(_folder, "file"), "");
        Assert.That(KernelCacheFolder.Prepare(Path.Combine(_folder, "file"), _warnings.Add), Is.False);
        Assert.That(_warnings, Has.Count.EqualTo(1));
    }

    private static void GiveAway(string path)
    {
        using Process chown = Process.Start("chown", ["1", path]);
        chown.WaitForExit();
        Assert.That(chown.ExitCode, Is.Zero);
    }

    private KernelCache Cache(IKernelCompiler compiler) => new(compiler, _folder, _warnings.Add);

    private sealed class CountingCompiler : IKernelCompiler
    {
        private int _count;

        public int Count => _count;

        public bool Fails { get; init; }

        public string Version { get; init; } = "NVRTC 12.4";

        public static byte[] CodeOf(KernelProgram program) => Encoding.UTF8.GetBytes(
            $"{program.File} {program.Source} {string.Join(' ', program.Headers)} {program.Architecture}");

        public byte[] Compile(KernelProgram program)
        {
            Interlocked.Increment(ref _count);
            return Fails ? throw new InvalidOperationException() : CodeOf(program);
        }
    }
}
