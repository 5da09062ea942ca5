using System.Globalization;
using System.Text;

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

    public void Dispose() => _folder.Delete(recursive: true);
}
