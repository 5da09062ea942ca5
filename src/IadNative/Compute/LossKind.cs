namespace IadNative.Compute;

/// <summary>The sample loss l and anomaly score f of a plan. The batch loss is (1/B) Σ wᵢ·l(xᵢ) (Eq. 11).</summary>
public enum LossKind
{
    /// <summary>f = l = ‖o − c‖² for the network's output o and a fixed center c (Eq. 4–5).</summary>
    OneClass,

    /// <summary>f = ‖o − c‖², l = ν·R² + max(0, f − R²) (Eq. 1–3).</summary>
    SoftBoundary,

    /// <summary>f = l = ‖x − o‖², summed over features (Eq. 9–10).</summary>
    Reconstruction,

    /// <summary>
    /// f = l = ½‖u‖² + (d/2)·log 2π − log|det ∂u/∂x| for the network's output u: the negative log-likelihood of a flow onto a
    /// standard normal (Eq. 6–7).
    /// </summary>
    NegativeLogLikelihood,
}
