
using static IadNative.Reproduction.Auc;

namespace IadNative.Reproduction;

/// <summary>
/// The numbers of Kim et al., <em>An Iterative Method for Unsupervised Robust Anomaly Detection under Data Contamination</em>:
/// AUC in percent on the training data, mean and standard deviation over ten seeds, on images over five.
/// </summary>
internal static class PaperTables
{
    /// <summary>The share of anomalies among the images of Tables V and VI.</summary>
    public const double ImageContamination = 0.2;

    /// <summary>One line of a table.</summary>
    /// <param name="Model">Short name of the base model.</param>
    /// <param name="Dataset">Name of the data set.</param>
    /// <param name="Contamination">Share of anomalies drawn into the data; null for the data as they are.</param>
    /// <param name="Result">What the paper states.</param>
    internal sealed record Row(string Model, string Dataset, double? Contamination, PaperResult Result)
    {
        /// <summary>Table VI: what it calls the method; null elsewhere.</summary>
        public string? Method { get; init; }
    }

    /// <summary>Table II: the ODDS sets as they are.</summary>
    public static IReadOnlyList<Row> Table2 { get; } =
    [
        new("svdd", "satellite", null, new(Percent(68.2, 5.8), Percent(80.7, 4.0), Percent(82.4, 2.5))),
        new("svdd", "arrhythmia", null, new(Percent(74.7, 2.9), Percent(80.0, 2.4), Percent(82.8, 1.1))),
        new("svdd", "cardio", null, new(Percent(64.5, 5.4), Percent(85.3, 5.1), Percent(88.1, 4.8))),
        new("svdd", "thyroid", null, new(Percent(78.3, 7.3), Percent(86.7, 3.1), Percent(91.7, 2.1))),
        new("svdd", "satimage-2", null, new(Percent(86.7, 6.8), Percent(97.6, 2.1), Percent(99.1, 0.3))),
        new("maf", "satellite", null, new(Percent(72.3, 3.1), Percent(74.3, 2.2), Percent(77.4, 1.3))),
        new("maf", "arrhythmia", null, new(Percent(84.4, 1.0), Percent(85.9, 0.8), Percent(88.4, 0.6))),
        new("maf", "cardio", null, new(Percent(86.9, 2.5), Percent(90.3, 2.9), Percent(92.9, 0.7))),
        new("maf", "thyroid", null, new(Percent(96.3, 0.4), Percent(97.3, 0.2), Percent(97.8, 0.1))),
        new("maf", "satimage-2", null, new(Percent(99.7, 0.4), Percent(99.8, 0.3), Percent(99.9, 0.1))),
        new("ae", "satellite", null, new(Percent(62.0, 1.6), Percent(70.2, 1.4), Percent(71.1, 1.1))),
        new("ae", "arrhythmia", null, new(Percent(74.0, 0.4), Percent(75.6, 1.1), Percent(76.9, 0.5))),
        new("ae", "cardio", null, new(Percent(70.7, 1.8), Percent(68.7, 1.4), Percent(73.3, 1.4))),
        new("ae", "thyroid", null, new(Percent(92.1, 1.9), Percent(95.3, 0.6), Percent(96.7, 0.4))),
        new("ae", "satimage-2", null, new(Percent(88.6, 1.6), Percent(99.9, 0.1), Percent(99.9, 0.0))),
    ];

    /// <summary>Table III: images, one class normal; averages over the ten classes.</summary>
    public static IReadOnlyList<Row> Table3 { get; } =
    [
        new("svdd", "mnist", 0.2, new(Percent(77.0, 1.7), Percent(78.2, 1.7), Percent(80.6, 1.1))),
        new("svdd", "mnist", 0.1, new(Percent(82.4, 1.7), Percent(83.1, 1.0), Percent(85.8, 0.9))),
        new("svdd", "mnist", 0.05, new(Percent(85.8, 1.9), Percent(85.8, 1.9), Percent(88.9, 1.0))),
        new("svdd", "fashion-mnist", 0.2, new(Percent(68.4, 5.1), Percent(70.6, 3.5), Percent(75.1, 1.9))),
        new("svdd", "fashion-mnist", 0.1, new(Percent(73.6, 4.2), Percent(74.4, 2.7), Percent(79.0, 1.4))),
        new("svdd", "fashion-mnist", 0.05, new(Percent(74.6, 9.1), Percent(73.6, 8.7), Percent(83.9, 2.2))),
        new("maf", "mnist", 0.2, new(Percent(90.1, 2.5), Percent(91.0, 2.3), Percent(91.6, 1.9))),
        new("maf", "mnist", 0.1, new(Percent(90.7, 2.2), Percent(90.5, 1.8), Percent(91.0, 2.2))),
        new("maf", "mnist", 0.05, new(Percent(89.4, 5.2), Percent(89.5, 5.5), Percent(89.9, 5.5))),
        new("maf", "fashion-mnist", 0.2, new(Percent(87.2, 0.6), Percent(87.4, 0.5), Percent(88.0, 0.4))),
        new("maf", "fashion-mnist", 0.1, new(Percent(88.7, 0.5), Percent(88.5, 0.6), Percent(89.3, 0.5))),
        new("maf", "fashion-mnist", 0.05, new(Percent(89.4, 0.8), Percent(89.3, 1.0), Percent(90.0, 0.7))),
        new("ae", "mnist", 0.2, new(Percent(79.6, 1.8), Percent(79.6, 1.5), Percent(82.0, 1.0))),
        new("ae", "mnist", 0.1, new(Percent(84.7, 1.5), Percent(85.0, 1.5), Percent(86.9, 0.8))),
        new("ae", "mnist", 0.05, new(Percent(87.5, 1.8), Percent(87.7, 1.6), Percent(89.8, 1.2))),
        new("ae", "fashion-mnist", 0.2, new(Percent(71.9, 0.8), Percent(71.9, 1.0), Percent(73.4, 0.8))),
        new("ae", "fashion-mnist", 0.1, new(Percent(74.9, 1.4), Percent(75.1, 1.4), Percent(76.7, 0.9))),
        new("ae", "fashion-mnist", 0.05, new(Percent(79.0, 1.3), Percent(78.8, 1.2), Percent(80.6, 1.1))),
    ];

    /// <summary>Table IV: all sets with so few anomalies that they are nearly clean.</summary>
    public static IReadOnlyList<Row> Table4 { get; } =
    [
        new("svdd", "satellite", 0.001, new(Percent(85.9, 10.1), Percent(86.4, 9.0), Percent(89.1, 9.0))),
        new("svdd", "arrhythmia", 0.001, new(Percent(78.7, 6.3), Percent(81.1, 10.3), Percent(90.9, 8.2))),
        new("svdd", "cardio", 0.001, new(Percent(77.5, 16.9), Percent(82.4, 23.3), Percent(95.1, 8.6))),
        new("svdd", "thyroid", 0.001, new(Percent(79.3, 12.4), Percent(82.1, 9.2), Percent(93.3, 4.6))),
        new("svdd", "satimage-2", 0.001, new(Percent(95.4, 6.4), Percent(93.9, 5.9), Percent(98.4, 3.7))),
        new("svdd", "mnist", 0.001, new(Percent(91.0, 6.1), Percent(91.2, 4.3), Percent(96.4, 2.3))),
        new("svdd", "fashion-mnist", 0.001, new(Percent(80.2, 7.9), Percent(78.1, 12.3), Percent(89.7, 5.6))),
        new("maf", "satellite", 0.001, new(Percent(95.3, 4.5), Percent(94.7, 3.4), Percent(97.3, 2.9))),
        new("maf", "arrhythmia", 0.001, new(Percent(99.6, 0.2), Percent(99.6, 0.1), Percent(99.8, 0.2))),
        new("maf", "cardio", 0.001, new(Percent(87.8, 15.5), Percent(92.8, 9.5), Percent(94.8, 8.4))),
        new("maf", "thyroid", 0.001, new(Percent(97.6, 2.4), Percent(97.5, 2.0), Percent(98.5, 1.5))),
        new("maf", "satimage-2", 0.001, new(Percent(99.3, 0.7), Percent(99.4, 0.4), Percent(99.8, 0.2))),
        new("maf", "mnist", 0.001, new(Percent(85.5, 7.9), Percent(86.4, 6.7), Percent(87.4, 6.7))),
        new("maf", "fashion-mnist", 0.001, new(Percent(90.5, 7.6), Percent(91.0, 6.5), Percent(93.5, 4.2))),
        new("ae", "satellite", 0.001, new(Percent(82.1, 15.3), Percent(83.3, 14.0), Percent(87.1, 13.4))),
        new("ae", "arrhythmia", 0.001, new(Percent(82.2, 19.3), Percent(82.2, 19.0), Percent(86.4, 18.6))),
        new("ae", "cardio", 0.001, new(Percent(84.6, 24.9), Percent(88.3, 21.6), Percent(88.7, 22.1))),
        new("ae", "thyroid", 0.001, new(Percent(96.7, 5.0), Percent(94.0, 4.8), Percent(97.2, 3.7))),
        new("ae", "satimage-2", 0.001, new(Percent(97.6, 2.3), Percent(99.8, 0.3), Percent(99.9, 0.2))),
        new("ae", "mnist", 0.001, new(Percent(92.9, 4.0), Percent(93.1, 4.8), Percent(96.3, 2.3))),
        new("ae", "fashion-mnist", 0.001, new(Percent(86.8, 5.3), Percent(86.2, 5.8), Percent(88.4, 5.1))),
    ];

    /// <summary>Table V: ensembles of five autoencoders; Base is the ensemble without IAD.</summary>
    public static IReadOnlyList<Row> Table5Ensembles { get; } =
    [
        new("ae", "satellite", null, new(Percent(63.1, 0.9), Percent(69.5, 0.7), null)),
        new("ae", "arrhythmia", null, new(Percent(74.2, 0.2), Percent(76.1, 0.4), null)),
        new("ae", "cardio", null, new(Percent(71.4, 1.1), Percent(69.6, 1.2), null)),
        new("ae", "thyroid", null, new(Percent(94.8, 0.9), Percent(93.8, 1.3), null)),
        new("ae", "satimage-2", null, new(Percent(89.9, 1.2), Percent(99.9, 0.0), null)),
        new("ae", "mnist", 0.2, new(Percent(79.9, 0.8), Percent(80.1, 0.9), null)),
        new("ae", "fashion-mnist", 0.2, new(Percent(71.7, 0.6), Percent(71.9, 0.6), null)),
    ];

    /// <summary>Table VI: the competing methods.</summary>
    public static IReadOnlyList<Row> Table6Competitors { get; } =
    [
        .. Line("SB Deep SVDD", "svdd-soft", Percent(62.4, 6.7), Percent(62.5, 2.3), Percent(62.3, 9.4), Percent(81.3, 3.7),
            Percent(81.9, 5.5), Percent(74.6, 1.9), Percent(59.1, 11.8)),
        .. Line("OneFlow", "oneflow", Percent(75.3, 1.0), Percent(75.9, 0.8), Percent(76.8, 4.6), Percent(85.4, 4.8),
            Percent(88.3, 4.8), Percent(83.4, 1.1), Percent(77.0, 0.9)),
        .. Line("DRAE", "drae", Percent(74.1, 1.1), Percent(77.2, 1.9), Percent(86.6, 6.8), Percent(65.8, 8.6),
            Percent(99.5, 0.5), Percent(78.2, 3.2), Percent(78.9, 1.5)),
        .. Line("RSRAE", "rsrae", Percent(67.5, 0.6), Percent(75.4, 0.5), Percent(69.3, 1.2), Percent(90.5, 3.1),
            Percent(88.8, 2.0), Percent(82.6, 1.6), Percent(70.8, 0.9)),
        .. Line("SDOR", "sdor", Percent(62.1, 1.2), Percent(74.1, 0.5), Percent(70.6, 1.7), Percent(92.2, 1.7),
            Percent(88.7, 2.4), Percent(80.4, 9.5), Percent(75.1, 1.0)),
        .. Line("DAGPR", "dagpr", Percent(66.0, 5.9), Percent(80.7, 2.5), Percent(86.6, 4.3), Percent(71.0, 8.0),
            Percent(87.2, 2.5), Percent(77.4, 3.6), Percent(85.4, 2.9)),
    ];

    /// <summary>Table VI: IAD, whose numbers are those of Tables II and III.</summary>
    public static IReadOnlyList<Row> Table6Iad { get; } =
    [
        .. ((IEnumerable<(string Method, string Model)>)[("IAD (Deep SVDD)", "svdd"), ("IAD (AE)", "ae"), ("IAD (MAF)", "maf")]).SelectMany(line =>
            Table2.Concat(Table3).Where(row => row.Model == line.Model && row.Contamination is null or ImageContamination)
                .Select(row => row with { Method = line.Method, Result = new PaperResult(null, row.Result.Iad, null) })),
    ];

    /// <summary>
    /// Section V-B: the average performance gain ratio in percent of rank flips, round 5, the last round and Otsu's method. That
    /// of rank flips is the mean of 100 (IAD − Base) / (IAD-Best − Base) over the fifteen lines of Table II.
    /// </summary>
    public static IReadOnlyDictionary<string, double> AverageGains { get; } = new Dictionary<string, double>
    {
        ["rank-flip"] = 58.7,
        ["fixed:5"] = 46.1,
        ["last"] = 50.1,
        ["otsu"] = 35.9,
    };

    // A line of Table VI: a method on the ODDS sets as they are and on images.
    private static IEnumerable<Row> Line(string method, string model, params Auc[] results) =>
        PaperDataset.All.Zip(results, (dataset, result) =>
            new Row(model, dataset.Name, dataset.IsImages ? ImageContamination : null, new PaperResult(null, result, null)) { Method = method });
}
