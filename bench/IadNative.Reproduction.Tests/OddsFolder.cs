using IadNative.Tests.Cli;
using IadNative.Tests.Data;

namespace IadNative.Reproduction.Tests;

/// <summary>A data folder with small stand-ins for ODDS sets: rows near the origin, every third of them farther away.</summary>
internal sealed class OddsFolder : IDisposable
{
    private const int Columns = 4;

    private readonly TestFolder _folder = new();

    public OddsFolder(params string[] names)
    {
        Directory.CreateDirectory(Path.Combine(Data, "odds"));
        foreach (string name in names) Write(name);
    }

    /// <summary>What --data is given.</summary>
    public string Data => _folder.File("data");

    /// <summary>A path for --out.</summary>
    public string Out(string name = "out") => _folder.File(name);

    /// <summary>The files of finished trials of an --out, in order.</summary>
    public string[] Trials(string name = "out")
    {
        string folder = Path.Combine(Out(name), "trials");
        return Directory.Exists(folder) ? [.. Directory.GetFiles(folder, "*.json").Order(StringComparer.Ordinal)] : [];
    }

    /// <summary>Writes a set; another seed gives other numbers.</summary>
    public void Write(string name, int rows = 120, int seed = 3)
    {
        var random = new System.Random(seed);
        double[] labels = [.. Enumerable.Range(0, rows).Select(i => i % 3 == 1 ? 1.0 : 0.0)];
        double[] values = [.. Enumerable.Range(0, rows * Columns).Select(i => random.NextDouble() + (2 * labels[i % rows]))];
        var file = new MatFile();
        File.WriteAllBytes(Path.Combine(Data, "odds", name + ".mat"),
            file.File(file.Array("X", rows, Columns, values), file.Array("y", rows, 1, labels)));
    }

    /// <summary>Writes a stand-in for MNIST: 40 images of 6x5 pixels of each of the classes 0 to 3.</summary>
    public void WriteImages() => _folder.WriteImages(Path.Combine("data", "mnist"));

    public void Dispose() => _folder.Dispose();
}
