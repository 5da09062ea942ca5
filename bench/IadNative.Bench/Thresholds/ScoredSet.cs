namespace IadNative.Bench.Thresholds;

/// <summary>What a detector said of the data that it was fitted on.</summary>
/// <param name="Set">The data set.</param>
/// <param name="Model">The base model.</param>
/// <param name="Seed">The seed of the run.</param>
/// <param name="Sorted">The n scores, ascending.</param>
/// <param name="IsAnomaly">The labels of these.</param>
/// <param name="Boundary">The boundary that the model itself learned; null where it learns none.</param>
internal sealed record ScoredSet(string Set, string Model, ulong Seed, float[] Sorted, bool[] IsAnomaly, float? Boundary)
{
    public int Anomalies { get; } = IsAnomaly.Count(label => label);

    /// <summary>The harmonic mean of precision and recall where scores above a threshold are flagged.</summary>
    public double F1(double threshold)
    {
        int flagged = Flagged(threshold), hits = IsAnomaly.AsSpan(Sorted.Length - flagged).Count(true);
        return 2.0 * hits / (flagged + Anomalies);
    }

    /// <summary>Scores above a threshold.</summary>
    public int Flagged(double threshold) => Sorted.Count(score => score > threshold);

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static ScoredSet Read(string path, string set, string model, ulong seed)
    {
        using var reader = new BinaryReader(File.OpenRead(path));
        float boundary = reader.ReadSingle();
        int count = reader.ReadInt32();
        float[] sorted = new float[count];
        bool[] labels = new bool[count];
        for (int i = 0; i < count; i++) (sorted[i], labels[i]) = (reader.ReadSingle(), reader.ReadBoolean());
        return new ScoredSet(set, model, seed, sorted, labels, float.IsNaN(boundary) ? null : boundary);
    }

    /// <summary>Keeps scores, labels and boundary.</summary>
    public void Write(string path)
    {
        using var writer = new BinaryWriter(File.Create(path));
        writer.Write(Boundary ?? float.NaN);
        writer.Write(Sorted.Length);
        for (int i = 0; i < Sorted.Length; i++)
        {
            writer.Write(Sorted[i]);
            writer.Write(IsAnomaly[i]);
        }
    }
}
