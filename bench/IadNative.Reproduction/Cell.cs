using IadNative.Detectors;

namespace IadNative.Reproduction;

/// <summary>One cell of a table: a base model with its setting on a data set, over some seeds.</summary>
/// <param name="Dataset">The data set.</param>
/// <param name="Contamination">Share of anomalies drawn into the data; null for the data as they are.</param>
/// <param name="Settings">Model and setting.</param>
/// <param name="Paper">What the paper states; null where it prints no numbers.</param>
internal sealed record Cell(PaperDataset Dataset, double? Contamination, Settings Settings, PaperResult? Paper)
{
    /// <summary>Table VI: what the paper calls the method; null elsewhere.</summary>
    public string? Method { get; init; }

    /// <summary>The same by another implementation; null where there is none. See <see cref="ReferenceNumbers"/>.</summary>
    public Auc? Reference { get; init; }

    /// <summary>Short name of the base model.</summary>
    public string Model => Settings.Model.Name;

    /// <summary>The share of anomalies, drawn or as they are.</summary>
    public double Share => Contamination ?? Dataset.Contamination!.Value;
}

/// <summary>A part of a cell that is trained by itself and stored when it is done.</summary>
/// <param name="Cell">The cell.</param>
/// <param name="NormalClass">Images: the class that is normal; null for tables.</param>
/// <param name="Seed">Key of all random numbers, those of the drawn anomalies too.</param>
internal sealed record Trial(Cell Cell, string? NormalClass, ulong Seed);
