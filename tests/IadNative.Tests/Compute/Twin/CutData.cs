using IadNative.Compute;

namespace IadNative.Tests.Compute.Twin;

/// <summary>What a replica that sees columns of its own would be given if its data were cut to these beforehand.</summary>
internal static class CutData
{
    /// <summary>The session of one replica whose data are its columns alone, in its order.</summary>
    public static SessionSpec Cut(this SessionSpec spec, ReplicaSpec replica)
    {
        int width = spec.Scaler.Offset.Length, samples = spec.Samples;
        if (replica.Columns is not { } columns) return spec with { Replicas = [replica] };
        return spec with
        {
            Data = (float[])[.. Enumerable.Range(0, samples).SelectMany(row => columns.Select(column => spec.Data[(row * width) + column]))],
            Scaler = new IadNative.Data.FeatureScaler(
                [.. columns.Select(column => spec.Scaler.Offset[column])], [.. columns.Select(column => spec.Scaler.Scale[column])]),
            Replicas = [replica with { Columns = null }],
        };
    }
}
