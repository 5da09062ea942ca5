using static IadNative.Reproduction.Auc;

namespace IadNative.Reproduction;

/// <summary>
/// What another implementation of the competing methods gives with the same settings: plain C++ that shares no code with this one. AUC
/// in percent on the training data of the ODDS sets, mean and standard deviation over seeds that took no part in choosing the settings:
/// five of OneFlow and DAGPR, ten of the others.
/// </summary>
internal static class ReferenceNumbers
{
    private static readonly Dictionary<string, Auc[]> s_lines = new()
    {
        ["oneflow"] = [Percent(76.6, 0.7), Percent(75.8, 0.7), Percent(77.6, 2.6), Percent(83.8, 4.6), Percent(88.7, 1.5)],
        ["drae"] = [Percent(70.4, 3.7), Percent(77.2, 0.2), Percent(86.8, 3.8), Percent(85.8, 4.7), Percent(99.9, 0.0)],
        ["rsrae"] = [Percent(68.5, 1.8), Percent(76.3, 1.2), Percent(77.2, 5.2), Percent(90.5, 3.1), Percent(93.0, 3.9)],
        ["sdor"] = [Percent(75.6, 9.7), Percent(68.2, 4.6), Percent(68.9, 3.4), Percent(92.4, 3.7), Percent(96.0, 2.4)],
        ["dagpr"] = [Percent(67.5, 5.2), Percent(77.8, 2.0), Percent(77.1, 4.4), Percent(66.1, 13.4), Percent(94.0, 3.1)],
    };

    /// <summary>The reference of a method on a data set; null where there is none, as on images.</summary>
    /// <param name="model">Short name of the method's model.</param>
    /// <param name="dataset">The data set.</param>
    public static Auc? Of(string model, PaperDataset dataset) => s_lines.TryGetValue(model, out Auc[]? line) && !dataset.IsImages
        ? PaperDataset.All.Zip(line).First(pair => pair.First == dataset).Second
        : null;
}
