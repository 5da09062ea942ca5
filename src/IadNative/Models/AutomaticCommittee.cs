using IadNative.Compute;
using IadNative.Data;
using IadNative.Networks;

namespace IadNative;

/// <summary>
/// The model for those who name none. On tables a committee: many small Deep SVDD networks, each on a few columns of its own, whose
/// consensus weighs the rows (Eq. 12–14), and a Gaussian over all columns, which follows these weights. On images a committee of Gaussians,
/// many over a few pixels each and one over all.
/// </summary>
public sealed record AutomaticCommittee : BaseModel
{
    /// <inheritdoc/>
    public override string Name => "auto";

    /// <inheritdoc/>
    public override string Title => "committee";

    /// <inheritdoc/>
    public override bool HasNetwork => false;

    /// <inheritdoc/>
    public override int? DefaultRounds => 1;

    internal override int? DefaultRoundsOn(bool images) => images ? 3 : DefaultRounds;

    /// <inheritdoc/>
    public override double DefaultInverseTau => 9;

    /// <inheritdoc/>
    public override bool KeepsLastRound => true;

    /// <inheritdoc/>
    public override NetworkSpec DefaultNetwork(int features, ImageShape? image) => NetworkSpec.None;

    internal override Plan WritePlan(NetworkSpec network, int features, int epochs) =>
        throw new InvalidOperationException($"A {Title} has a plan for each of its families and none of its own.");
}
