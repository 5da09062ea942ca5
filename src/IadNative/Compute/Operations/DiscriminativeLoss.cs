namespace IadNative.Compute.Operations;

/// <summary>
/// The discriminative loss of a batch (Xia et al., 2015): its reconstruction errors eᵢ = u·fᵢ are split in two where that separates
/// them best, and the lower ones, the pseudo-normal, are the only ones to be reconstructed, while a ratio draws both classes together.
/// <para>
/// With the errors ascending, importance weights w, and for each k = 1 … B − 1 the first k and the others as classes 1 and 2, of weights
/// W₁, W₂ and weighted means m₁, m₂ (W and m of all): the variance between the classes is S(k) = W₁W₂/W·(m₂ − m₁)², that of all
/// Sₜ = Σ wᵢ(eᵢ − m)², and h(k) = 1 − S(k)/Sₜ the share within the classes. k* is the first k with the largest S (Otsu's threshold on the
/// errors themselves, without a histogram; classes without weight are none), and
/// </para>
/// <para>
/// L = (1/k*) Σ_{r ≤ k*} wᵣ·eᵣ + λ·h(k*),
/// d L / d eᵢ = wᵢ·[i is normal]/k* + λ·(2wᵢ/Sₜ)·((eᵢ − m of i's class) − h·(eᵢ − m)).
/// </para>
/// <para>
/// The choice of k* has no gradient, and what runs through the means cancels. Of equal errors those earlier in the batch come first.
/// Where Sₜ is at most <see cref="LeastScatter"/>, or no k has two classes, all are normal and λ·h is left out. An error that is not
/// finite makes a loss that is none.
/// </para>
/// </summary>
/// <param name="Scores">f, B × 1: squared errors.</param>
/// <param name="Unit">u: 1, or one over the features, where errors are averaged over these.</param>
/// <param name="Lambda">λ.</param>
/// <param name="ScoreGradient">Receives d L / d f, B × 1.</param>
internal sealed record DiscriminativeLoss(Activation Scores, double Unit, double Lambda, Activation ScoreGradient) : PlanOperation
{
    /// <summary>A batch whose errors scatter less is not split.</summary>
    public const double LeastScatter = 1e-30;

    /// <inheritdoc/>
    public override IEnumerable<Activation> Writes => [ScoreGradient];
}
