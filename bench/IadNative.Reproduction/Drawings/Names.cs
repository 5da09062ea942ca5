using System.Globalization;

namespace IadNative.Reproduction.Drawings;

/// <summary>What models and data sets are called in pictures.</summary>
internal static class Names
{
    /// <summary>A base model by its short name.</summary>
    public static string Model(string name) => name switch
    {
        "svdd" => "Deep SVDD",
        "maf" => "MAF",
        "ae" => "Autoencoder",
        _ => name,
    };

    /// <summary>A data set.</summary>
    public static string Dataset(string name) =>
        PaperDataset.All.FirstOrDefault(dataset => dataset.Name == name)?.Title ?? name;

    /// <summary>A share of anomalies.</summary>
    public static string Share(double fraction) => string.Create(CultureInfo.InvariantCulture, $"{100 * fraction:0.#}%");
}
