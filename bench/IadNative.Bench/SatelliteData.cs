using IadNative.Data;

namespace IadNative.Bench;

/// <summary>The data set of the repository's samples folder, which is copied beside the program.</summary>
internal static class SatelliteData
{
    public static Dataset Read() => DatasetReader.Read(
        Path.Combine(AppContext.BaseDirectory, "samples", "satellite.csv.gz"), new DatasetReadOptions { Label = "label" });
}
