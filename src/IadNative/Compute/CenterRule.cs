namespace IadNative.Compute;

/// <summary>How the center of Deep SVDD is kept off the origin, where a network without biases maps everything.</summary>
public static class CenterRule
{
    /// <summary>The least magnitude of a component.</summary>
    public const float LeastMagnitude = 0.1f;

    /// <summary>The component itself, or ±0.1 where its magnitude is below 0.1; zero becomes +0.1.</summary>
    public static float KeepAwayFromZero(float component) =>
        component >= LeastMagnitude || component <= -LeastMagnitude || float.IsNaN(component) ? component
        : component < 0 ? -LeastMagnitude
        : LeastMagnitude;
}
