using IadNative.Data;

namespace IadNative.Bench;

/// <summary>The data set of the repository's samples folder, found from wherever the benchmark's process runs.</summary>
internal static class SatelliteData
{
    public static Dataset Read()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string path = Path.Combine(folder.FullName, "samples", "satellite.csv.gz");
            if (File.Exists(path)) return DatasetReader.Read(path, new DatasetReadOptions { Label = "label" });
        }

        throw new FileNotFoundException("samples/satellite.csv.gz is in no folder above the benchmark. Run it inside a checkout.");
    }
}
