namespace IadNative.Compute.Operations;

/// <summary>One step of Adam over the whole parameter block (Kingma and Ba, 2015).</summary>
internal sealed record AdamStep : PlanOperation
{
    /// <summary>β₁: decay of the first moment.</summary>
    public const float Beta1 = 0.9f;

    /// <summary>β₂: decay of the second moment.</summary>
    public const float Beta2 = 0.999f;

    /// <summary>Added to the root of the second moment.</summary>
    public const float Epsilon = 1e-8f;

    /// <inheritdoc/>
    public override IEnumerable<Activation> Writes => [];
}
