namespace IadNative.Bench.Versus.Exchange;

/// <summary>What a contestant is to do with a network.</summary>
public enum WorkKind
{
    /// <summary>Training steps.</summary>
    Training,

    /// <summary>A whole run of Algorithm 1.</summary>
    Job,

    /// <summary>Scoring, a block of rows per call.</summary>
    Scoring,
}

/// <summary>The loss, which is also the score.</summary>
public enum Loss
{
    /// <summary>‖o − c‖².</summary>
    OneClass,

    /// <summary>‖x − o‖², summed over features.</summary>
    Reconstruction,

    /// <summary>½‖u‖² + (d/2)·log 2π − log|det|.</summary>
    Likelihood,
}

/// <summary>A tensor within a flat block of floats.</summary>
public sealed record Slot(int Offset, int Rows, int Columns)
{
    /// <summary>Number of floats.</summary>
    public int Length => Rows * Columns;
}

/// <summary>A layer's batch norm: where its running statistics lie. It has no learned scale and shift.</summary>
public sealed record LayerNorm(Slot Mean, Slot Variance);

/// <summary>
/// What makes a layer a convolution: doubled by nearest neighbours where asked for, 5 × 5 taps that keep the size Height × Width,
/// and, behind norm and ReLU, halved by 2 × 2 max-pooling where asked for.
/// </summary>
public sealed record ImageLayer(int Inputs, int Outputs, int Height, int Width, bool Upsample, bool Pool);

/// <summary>Linear (or a convolution), then batch norm, then leaky ReLU of a slope, which is 1 for none.</summary>
public sealed record Layer(Slot Weight, Slot? Bias, LayerNorm? Norm, float Slope, ImageLayer? Image);

/// <summary>A flow's batch norm: y = e^γ (x − μ)/√(v + ε) + b.</summary>
public sealed record BlockNorm(Slot LogScale, Slot Shift, Slot Mean, Slot Variance);

/// <summary>A MADE block of a flow; its last layer gives means and then log-scales.</summary>
public sealed record Block(IReadOnlyList<Layer> Layers, BlockNorm? Norm);

/// <summary>
/// Work that peers are to do exactly as we do it: <c>problem.json</c> of a folder whose other files are raw little-endian arrays,
/// named by <see cref="ProblemFiles"/>.
/// </summary>
public sealed record Problem
{
    public const float NormEpsilon = 1e-4f, NormMomentum = 0.1f, FlowNormEpsilon = 1e-5f, FlowNormMomentum = 0.1f;

    public required WorkKind Kind { get; init; }

    public required Loss Loss { get; init; }

    /// <summary>Threads that each contestant may use.</summary>
    public required int Threads { get; init; }

    /// <summary>d.</summary>
    public required int Features { get; init; }

    /// <summary>n.</summary>
    public required int Rows { get; init; }

    /// <summary>The layers of an encoder or autoencoder; empty for a flow.</summary>
    public required IReadOnlyList<Layer> Layers { get; init; }

    /// <summary>The blocks of a flow; empty for other networks.</summary>
    public required IReadOnlyList<Block> Blocks { get; init; }

    public double LearningRate { get; init; }

    /// <summary>Samples of each step of an epoch.</summary>
    public IReadOnlyList<int> Batches { get; init; } = [];

    /// <summary>Epochs per round; the order of samples is given for each.</summary>
    public int Epochs { get; init; }

    /// <summary>Trainings; initial parameters are given for each.</summary>
    public int Rounds { get; init; }

    /// <summary>1/τ.</summary>
    public double InverseTau { get; init; }

    /// <summary>Steps whose losses are compared.</summary>
    public int CheckedSteps { get; init; }

    /// <summary>Rows per call of scoring.</summary>
    public int RowsPerCall { get; init; }
}

/// <summary>Names of the arrays beside <c>problem.json</c>.</summary>
public static class ProblemFiles
{
    public const string Problem = "problem.json";

    /// <summary>float32, n × d: standardised for training, raw for scoring.</summary>
    public const string Data = "data.f32";

    /// <summary>float32, d each: (x − offset)·scale standardises; for scoring.</summary>
    public const string Offset = "offset.f32", Scale = "scale.f32";

    /// <summary>float32, Rounds × parameters.</summary>
    public const string Parameters = "parameters.f32";

    /// <summary>float32: 0 for masked-out parameters, 1 for the others; only where there are masks.</summary>
    public const string Mask = "mask.f32";

    /// <summary>float32: running statistics.</summary>
    public const string Statistics = "statistics.f32";

    /// <summary>float32: the center of Deep SVDD.</summary>
    public const string Center = "center.f32";

    /// <summary>int32, Rounds × Epochs × n: the order of samples.</summary>
    public const string Order = "order.i32";

    /// <summary>The ONNX model that the peer of scoring leaves behind.</summary>
    public const string Onnx = "model.onnx";
}
