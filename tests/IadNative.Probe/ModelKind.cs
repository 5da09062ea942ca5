using IadNative.Compute;
using IadNative.Models;
using IadNative.Networks;

namespace IadNative.Probe;

/// <summary>The models of which plans are tested, as test cases name them.</summary>
public enum ModelKind
{
    /// <summary>One-class Deep SVDD.</summary>
    OneClass,

    /// <summary>Soft-boundary Deep SVDD.</summary>
    SoftBoundary,

    /// <summary>An autoencoder.</summary>
    Reconstruction,

    /// <summary>A flow.</summary>
    NegativeLogLikelihood,

    /// <summary>An autoencoder whose batches are split.</summary>
    Discriminative,

    /// <summary>Additive couplings with the loss of a least volume.</summary>
    MinimalVolume,

    /// <summary>An autoencoder with a subspace, and three steps of Adam.</summary>
    Subspace,

    /// <summary>The same with one step on the sum of its losses.</summary>
    JointSubspace,

    /// <summary>A regression with one output and absolute loss, whose importance weights are targets.</summary>
    Ordinal,

    /// <summary>An autoencoder that ends in a sigmoid.</summary>
    SigmoidReconstruction,
}

/// <summary>Plans of each kind of model.</summary>
internal static class ModelPlans
{
    /// <summary>ν of soft boundaries.</summary>
    public const double Nu = 0.3;

    /// <summary>λ of discriminative losses: so large that the second term counts.</summary>
    public const double Lambda = 3;

    /// <summary>α of least volumes.</summary>
    public const double Alpha = 0.3;

    /// <summary>First epoch of a round that sets a soft boundary's radius.</summary>
    public const int RadiusFrom = 1;

    /// <summary>The model of a kind.</summary>
    public static BaseModel Model(this ModelKind kind, MadeDegrees degrees = MadeDegrees.Sequential) => kind switch
    {
        ModelKind.OneClass => BaseModel.OneClassSvdd,
        ModelKind.SoftBoundary => new SoftBoundarySvdd { Nu = Nu },
        ModelKind.Reconstruction => BaseModel.Autoencoder,
        ModelKind.SigmoidReconstruction => new Autoencoder { HasSigmoid = true },
        ModelKind.Discriminative => new DiscriminativeAutoencoder { Lambda = Lambda, AveragesErrors = true },
        ModelKind.MinimalVolume => new OneFlow { Alpha = Alpha },
        ModelKind.Subspace => new RobustSubspaceAutoencoder { Dimensions = 2 },
        ModelKind.JointSubspace => new RobustSubspaceAutoencoder { Dimensions = 2, IsJoint = true },
        ModelKind.Ordinal => BaseModel.SelfTrainedOrdinalRegression,
        ModelKind.NegativeLogLikelihood => new MaskedAutoregressiveFlow { Degrees = degrees },
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "This is no kind of model."),
    };

    /// <summary>The plan of a kind of model.</summary>
    public static Plan Build(NetworkSpec network, int features, ModelKind kind, MadeDegrees degrees = MadeDegrees.Sequential) =>
        kind.Model(degrees).WritePlan(network, features, epochs: 2 * RadiusFrom);
}

/// <summary>The state of Deep SVDD by its names; of other models it is empty.</summary>
internal static class DeepSvddState
{
    extension(ReplicaState state)
    {
        /// <summary>A copy of the center.</summary>
        public float[] Center => [.. state.State.SkipLast(1)];

        /// <summary>The radius.</summary>
        public float Radius
        {
            get => state.State.Length == 0 ? 0 : state.State[^1];
            set => state.State[^1] = value;
        }
    }
}
