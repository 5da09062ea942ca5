namespace IadNative.Mutation;

/// <summary>A copy of the folder of the tests, for a library of another make; it goes when this is disposed.</summary>
internal sealed class TestBench : IDisposable
{
    /// <param name="tests">The folder of the built tests.</param>
    public TestBench(string tests)
    {
        Folder = Directory.CreateTempSubdirectory("iad-mutants-").FullName;
        foreach (string file in Directory.GetFiles(tests)) File.Copy(file, Path.Combine(Folder, Path.GetFileName(file)));
        foreach (string folder in Directory.GetDirectories(tests))
            Directory.CreateSymbolicLink(Path.Combine(Folder, Path.GetFileName(folder)), folder);
    }

    /// <summary>Where it lies.</summary>
    public string Folder { get; }

    /// <summary>The library within it.</summary>
    public string LibraryPath => Path.Combine(Folder, "IadNative.dll");

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
