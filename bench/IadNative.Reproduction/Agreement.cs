
namespace IadNative.Reproduction;

/// <summary>How many numbers lie near the paper's, and how often IAD improves on the base model.</summary>
/// <param name="Within">Numbers within max(1 point, twice the paper's standard deviation) of the paper's mean.</param>
/// <param name="Compared">Numbers that the paper states too.</param>
/// <param name="Improved">Cells whose mean IAD is above their mean Base.</param>
/// <param name="PaperImproved">The same in the paper.</param>
/// <param name="Cells">Cells of which the paper states both.</param>
internal sealed record Agreement(int Within, int Compared, int Improved, int PaperImproved, int Cells)
{
    private const double LeastTolerance = 0.01, LeastReferenceTolerance = 0.02;

    /// <summary>What the rounding of decimal fractions may add to a difference.</summary>
    private const double Rounding = 1e-12;

    /// <summary>Numbers within max(2 points, twice the reference's standard deviation) of the <see cref="ReferenceNumbers"/>' mean.</summary>
    public int WithinReference { get; init; }

    /// <summary>Numbers that have a reference.</summary>
    public int References { get; init; }

    /// <summary>Counts over the cells that the paper states, and over those that have a reference.</summary>
    public static Agreement Of(IReadOnlyList<CellSummary> cells)
    {
        (Auc? Ours, Auc Paper)[] pairs = [.. cells.SelectMany(Pairs)];
        CellSummary[] stated = [.. cells.Where(cell => cell.Paper?.Base is not null)];
        CellSummary[] referred = [.. cells.Where(cell => cell.Reference is not null)];
        return new Agreement(
            pairs.Count(pair => IsWithin(pair.Ours, pair.Paper)), pairs.Length,
            stated.Count(cell => cell.Iad?.Mean > cell.Base?.Mean),
            stated.Count(cell => cell.Paper!.Iad.Mean > cell.Paper.Base!.Mean), stated.Length)
        {
            WithinReference = referred.Count(cell => IsWithinReference(cell.Iad, cell.Reference!)),
            References = referred.Length,
        };
    }

    /// <summary>Whether a mean lies near the paper's; one that is missing does not.</summary>
    public static bool IsWithin(Auc? ours, Auc paper) => IsWithin(ours, paper, LeastTolerance);

    /// <summary>Whether a mean lies near its reference; one that is missing does not.</summary>
    public static bool IsWithinReference(Auc? ours, Auc reference) => IsWithin(ours, reference, LeastReferenceTolerance);

    private static bool IsWithin(Auc? ours, Auc other, double least) =>
        ours is not null && Math.Abs(ours.Mean - other.Mean) <= Math.Max(least, 2 * other.Std) + Rounding;

    /// <summary>Our numbers of a cell beside the paper's.</summary>
    public static IEnumerable<(Auc? Ours, Auc Paper)> Pairs(CellSummary cell)
    {
        if (cell.Paper is not { } paper) yield break;
        if (paper.Base is not null) yield return (cell.Base, paper.Base);
        yield return (cell.Iad, paper.Iad);
        if (paper.IadBest is not null) yield return (cell.IadBest, paper.IadBest);
    }
}
