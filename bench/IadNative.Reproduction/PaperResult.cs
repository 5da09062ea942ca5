
namespace IadNative.Reproduction;

/// <summary>The mean and the standard deviation of an AUC, as fractions.</summary>
/// <param name="Mean">The mean.</param>
/// <param name="Std">The standard deviation.</param>
internal sealed record Auc(double Mean, double Std)
{
    /// <summary>A number as the paper prints it, in percent.</summary>
    public static Auc Percent(double mean, double std) => new(Math.Round(mean / 100, 6), Math.Round(std / 100, 6));
}

/// <summary>What the paper states for one cell of a table.</summary>
/// <param name="Base">The base model; null where the paper does not state it beside the result.</param>
/// <param name="Iad">The round that the termination criterion selects; of a method without IAD, its result.</param>
/// <param name="IadBest">The best round; null where the paper does not state it.</param>
internal sealed record PaperResult(Auc? Base, Auc Iad, Auc? IadBest);
