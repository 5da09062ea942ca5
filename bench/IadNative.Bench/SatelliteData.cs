using IadNative.Data;

namespace IadNative.Bench;

/// <summary>The data set of the repository's samples folder.</summary>
internal static class SatelliteData
{
    public static Dataset Read() => DatasetReader.Read(
        Path.Combine(Repository.Root, "samples", "satellite.csv.gz"), new DatasetReadOptions { Label = "label" });
}
