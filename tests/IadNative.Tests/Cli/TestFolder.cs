using System.Globalization;
using System.Text;
using IadNative.Tests.Data;

namespace IadNative.Tests.Cli;

/// <summary>A folder of a test's own, with a small labelled data set on request.</summary>
internal sealed class TestFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("iad-cli-test-");

    public string File(string name) => System.IO.Path.Combine(_folder.FullName, name);

    /// <summary>All file names in the folder, hidden ones too, in order.</summary>
    public string[] Files => [.. _folder.EnumerateFiles().Select(file => file.Name).Order(StringComparer.Ordinal)];

    /// <summary>Writes n rows of a, b, c, d and label: nine of ten rows near the origin, the others far away.</summary>
    public string WriteCsv(string name = "data.csv", int rows = 200, bool label = true, string header = "a,b,c,d")
    {
        var random = new System.Random(7);
        var text = new StringBuilder(header).Append(label ? ",label\n" : "\n");
        for (int i = 0; i < rows; i++)
        {
            bool anomaly = i % 10 == 3;
            for (int j = 0; j < 4; j++)
            {
                double value = random.NextDouble() - 0.5 + (anomaly ? 3 : 0);
                text.Append(CultureInfo.InvariantCulture, $"{(j == 0 ? "" : ",")}{value:F5}");
            }

            text.Append(label ? anomaly ? ",1\n" : ",0\n" : "\n");
        }

        string path = File(name);
        System.IO.File.WriteAllText(path, text.ToString());
        return path;
    }

    /// <summary>
    /// Writes a folder like MNIST's: images of 6x5 pixels of the classes 0 to 3, each a bright block in another corner.
    /// </summary>
    public string WriteImages(string name = "digits", int perClass = 40)
    {
        var random = new System.Random(11);
        double[] classes = [.. Enumerable.Range(0, 4 * perClass).Select(i => (double)(i % 4))];
        double[] pixels = [.. classes.SelectMany(c => Enumerable.Range(0, 30).Select(p =>
            (p / 5 < 3) == (c < 2) && (p % 5 < 2) == (c % 2 == 0) ? 150.0 + random.Next(100) : random.Next(60)))];
        string folder = Directory.CreateDirectory(File(name)).FullName;
        System.IO.File.WriteAllBytes(Path.Combine(folder, "train-images-idx3-ubyte"),
            IdxFile.Bytes([(uint)classes.Length, 6, 5], pixels));
        System.IO.File.WriteAllBytes(Path.Combine(folder, "train-labels-idx1-ubyte"),
            IdxFile.Bytes([(uint)classes.Length], classes));
        return folder;
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
