namespace IadNative.Data;

/// <summary>The temporary files of one fit, or of one plan of a fleet, in a folder of the user's choice. They are gone when it is disposed of.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly List<TemporaryFile> _files = [];

    // Where systems keep large temporary files; /tmp is in memory on many of them.
    private const string Large = "/var/tmp";

    /// <param name="path">The folder; null for the system's folder of large temporary files.</param>
    /// <exception cref="ArgumentException">The path is empty, or none.</exception>
    public TemporaryFolder(string? path) => FullPath = Path.GetFullPath(path ?? Default());

    /// <summary>The folder.</summary>
    public string FullPath { get; }

    /// <summary>A new file.</summary>
    /// <exception cref="IOException">The folder does not exist, or nothing can be created in it.</exception>
    public TemporaryFile CreateFile()
    {
        var file = new TemporaryFile(FullPath);
        _files.Add(file);
        return file;
    }

    /// <summary>Makes rows block by block and maps them.</summary>
    /// <param name="rows">How many.</param>
    /// <param name="width">Numbers of a row.</param>
    /// <param name="make">Makes some that follow each other: the first of them, how many, and where they go, from its beginning on.</param>
    /// <param name="passes">Is told after each block, and stops between two of them; null for nobody.</param>
    /// <exception cref="IOException">The disk is full, or fails.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public Numbers<float> Rows(int rows, int width, Action<int, int, float[]> make, RowPasses? passes = null)
    {
        const int BlockNumbers = 4 << 20;
        TemporaryFile file = CreateFile();
        int most = Math.Min(rows, Math.Max(1, BlockNumbers / width));
        float[] block = new float[most * width];
        for (int first = 0, count; first < rows; first += count)
        {
            count = Math.Min(most, rows - first);
            make(first, count, block);
            file.Write<float>((long)first * width, block.AsSpan(0, count * width));
            passes?.Add(count);
        }

        return file.Map<float>((long)rows * width);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (TemporaryFile file in _files) file.Dispose();
    }

    private static string Default() =>
        !OperatingSystem.IsWindows() && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("TMPDIR")) && Directory.Exists(Large)
            ? Large
            : Path.GetTempPath();
}
