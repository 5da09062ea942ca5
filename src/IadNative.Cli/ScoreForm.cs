using IadNative.Models;

namespace IadNative.Cli;

/// <summary>The words of <c>--score</c>: which form of a flow's score the importance weights follow.</summary>
internal static class ScoreForm
{
    /// <summary>The negative log-likelihood itself.</summary>
    public const string NegativeLogLikelihood = "nll";

    /// <summary>Minus the density, up to a positive factor.</summary>
    public const string Density = "density";

    /// <summary>The word for <see cref="MaskedAutoregressiveFlow.WeightByDensity"/>.</summary>
    public static string Of(bool weightByDensity) => weightByDensity ? Density : NegativeLogLikelihood;
}
