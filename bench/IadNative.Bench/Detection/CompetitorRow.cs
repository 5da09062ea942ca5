namespace IadNative.Bench.Detection;

/// <summary>What one of the paper's robust competitors took on Satellite (6,435 × 36), a fit a seed on one thread.</summary>
/// <param name="Name">Short name of the model.</param>
/// <param name="Title">Its title.</param>
/// <param name="Seconds">Seconds of each fit, scoring of the training rows included.</param>
/// <param name="Aucs">AUC of each in percent, which shows that the work was done.</param>
internal sealed record CompetitorRow(string Name, string Title, IReadOnlyList<double> Seconds, IReadOnlyList<double> Aucs)
{
    /// <summary>
    /// Seconds of the same training by a prototype of each method in plain C++, on one core: what ours are to stay near.
    /// </summary>
    public static IReadOnlyDictionary<string, double> ReferenceSeconds { get; } = new Dictionary<string, double>
    {
        ["drae"] = 0.4, ["rsrae"] = 0.7, ["oneflow"] = 7, ["sdor"] = 1.0, ["dagpr"] = 6,
    };

    /// <summary>The competitors among some models, in their order.</summary>
    public static IReadOnlyList<BaseModel> Among(IReadOnlyList<BaseModel> models) =>
        [.. models.Where(model => ReferenceSeconds.ContainsKey(model.Name))];
}
