namespace IadNative.Compute;

/// <summary>
/// The mask of a weight in a masked autoencoder (Germain et al., 2015): an output unit may see an input unit whose degree is
/// not above its own, or, where strict, is below it.
/// </summary>
/// <param name="Inputs">Degree of each input unit.</param>
/// <param name="Outputs">Degree of each output unit.</param>
/// <param name="Strict">Whether equal degrees are hidden from each other.</param>
internal sealed record DegreeMask(int[] Inputs, int[] Outputs, bool Strict)
{
    /// <summary>Whether an output unit may see an input unit.</summary>
    public bool Allows(int output, int input) => Strict ? Inputs[input] < Outputs[output] : Inputs[input] <= Outputs[output];
}
