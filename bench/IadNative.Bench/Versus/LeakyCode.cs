using IadNative.Compute;
using IadNative.Compute.Operations;

namespace IadNative.Bench.Versus;

/// <summary>
/// An autoencoder with a leaky ReLU behind its code too, as the peers were once measured with; those that we fit leave the code
/// plain.
/// </summary>
internal static class LeakyCode
{
    public static Plan In(Plan plan)
    {
        DenseLayer code = plan.Scoring.OfType<DenseForward>().Select(dense => dense.Layer)
            .Last(layer => layer.Name.StartsWith("encoder", StringComparison.Ordinal));
        DenseLayer leaky = code with { Slope = DenseLayer.LeakySlope };
        return plan with { Step = [.. plan.Step.Select(Replace)], Scoring = [.. plan.Scoring.Select(Replace)] };

        PlanOperation Replace(PlanOperation operation) => operation switch
        {
            DenseForward dense when dense.Layer == code => dense with { Layer = leaky },
            DenseBackward dense when dense.Layer == code => dense with { Layer = leaky },
            _ => operation,
        };
    }
}
