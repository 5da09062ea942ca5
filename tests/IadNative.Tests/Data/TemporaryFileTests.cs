using IadNative.Data;
using IadNative.Tests.Cli;

namespace IadNative.Tests.Data;

/// <summary>Files that are written, mapped and gone.</summary>
public sealed class TemporaryFileTests
{
    [Test]
    public void What_was_written_is_what_is_mapped()
    {
        using var folder = new TestFolder();
        using var file = new TemporaryFile(folder.File(""));
        file.Write<double>(3, [4, 5]);
        file.Write<double>(0, [1, 2, 3]);
        Numbers<double> all = file.Map<double>(5), part = all.Part(1, 3);
        Assert.That(all.Slice(0, 5).ToArray(), Is.EqualTo(new double[] { 1, 2, 3, 4, 5 }));
        Assert.That((part.Length, part[0], part[2], part.Array), Is.EqualTo((3L, 2.0, 4.0, (double[]?)null)));
        Assert.That(all.Slice(5, 0).IsEmpty, Is.True);
        foreach ((long first, int length) in ((long, int)[])[(-1, 1), (0, 6), (5, 1), (3, -1), (long.MaxValue, 1)])
            Assert.That(() => all.Slice(first, length).Length, Throws.InstanceOf<ArgumentOutOfRangeException>(), $"{first}, {length}");
    }

    [Test]
    public void Numbers_of_an_array_are_the_array()
    {
        float[] array = [1, 2, 3];
        Numbers<float> numbers = array;
        Assert.That(numbers.Array, Is.SameAs(array));
        Assert.That((numbers.Length, numbers[2], numbers.Slice(1, 2).ToArray()), Is.EqualTo((3L, 3f, array[1..])));
        Assert.That(() => numbers.Slice(2, 2).Length, Throws.InstanceOf<ArgumentOutOfRangeException>());
        unsafe
        {
            fixed (float* first = numbers, none = new Numbers<float>([])) Assert.That((*first, none == null), Is.EqualTo((1f, true)));
        }
    }

    [Test]
    public void Nobody_sees_it_and_it_is_gone_when_it_is_closed()
    {
        using var folder = new TestFolder();
        var files = new TemporaryFolder(folder.File(""));
        TemporaryFile file = files.CreateFile();
        file.Write<float>(0, [1]);
        Numbers<float> numbers = file.Map<float>(1);
        if (!OperatingSystem.IsWindows()) Assert.That(folder.Files, Is.Empty, "while it is open");
        files.Dispose();
        files.Dispose();
        Assert.That(folder.Files, Is.Empty);
        Assert.That(() => numbers.Slice(0, 1).Length, Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => numbers.GetPinnableReference(), Throws.TypeOf<ObjectDisposedException>());
    }

    [Test, Platform("Linux")]
    public void What_is_mapped_keeps_no_file_open()
    {
        using var folder = new TestFolder();
        using var file = new TemporaryFile(folder.File(""));
        file.Write<float>(0, [1, 2]);
        Assert.That(Open(), Is.EqualTo(1));
        Numbers<float> numbers = file.Map<float>(2);
        Assert.That(Open(), Is.Zero);
        Assert.That(numbers.Slice(0, 2).ToArray(), Is.EqualTo(new float[] { 1, 2 }));

        int Open() => Directory.EnumerateFileSystemEntries("/proc/self/fd")
            .Count(entry => new FileInfo(entry).LinkTarget?.StartsWith(folder.File("iad-"), StringComparison.Ordinal) == true);
    }

    [Test]
    public void Rows_are_made_in_blocks_and_stop_when_that_is_asked()
    {
        using var folder = new TestFolder();
        using var files = new TemporaryFolder(folder.File(""));
        const int Rows = 3, Width = 3 << 20;
        var made = new List<(int, int)>();
        Numbers<float> numbers = files.Rows(
            Rows, Width,
            (first, count, target) =>
            {
                made.Add((first, count));
                for (int i = 0; i < count * Width; i++) target[i] = first + i;
            });
        Assert.That(made, Is.EqualTo(new[] { (0, 1), (1, 1), (2, 1) }));
        Assert.That((numbers.Length, numbers[Width - 1], numbers[2 * Width]), Is.EqualTo(((long)Rows * Width, (float)(Width - 1), 2f)));

        using var cancellation = new CancellationTokenSource();
        var passes = new RowPasses(RowStage.Preparing, Rows, 1, report: null, cancellation.Token);
        int blocks = 0;
        Assert.That(() => files.Rows(Rows, Width, (_, _, _) => Cancel(), passes), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(blocks, Is.EqualTo(1));

        void Cancel()
        {
            blocks++;
            cancellation.Cancel();
        }
    }

    [Test]
    public void Where_none_can_be_made_that_is_said()
    {
        using var folder = new TestFolder();
        string missing = folder.File("missing");
        Assert.That(() => new TemporaryFile(missing), Throws.TypeOf<IOException>().With.Message.Contains(missing).And.Message.Contains("--temp"));
    }
}
