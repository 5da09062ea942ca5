namespace IadNative.Bench.Detection;

/// <summary>A size that is measured.</summary>
/// <param name="Rows">n.</param>
/// <param name="Features">d.</param>
/// <param name="Members">About how many members the detector is to have.</param>
internal readonly record struct CostCase(int Rows, int Features, int Members)
{
    /// <summary>Rows, features and members, each varied while the two others are in the middle of theirs.</summary>
    public static CostCase[][] Sweeps(IReadOnlyList<int> rows, IReadOnlyList<int> features, IReadOnlyList<int> members)
    {
        var middle = new CostCase(rows[rows.Count / 2], features[features.Count / 2], members[members.Count / 2]);
        return
        [
            [.. rows.Select(count => middle with { Rows = count })],
            [.. features.Select(count => middle with { Features = count })],
            [.. members.Select(count => middle with { Members = count })],
        ];
    }
}
