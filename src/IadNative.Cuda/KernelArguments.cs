using System.Runtime.InteropServices;

namespace IadNative.Cuda;

// The structures that kernels take, field for field as in kernels/*.cu, where their meaning is written. Addresses are
// 64-bit; a null address is 0.

[StructLayout(LayoutKind.Sequential)]
internal struct GatherArguments
{
    public ulong Data, Rows, Offset, Scale, Importance, Cursor, Output, BatchWeights;
    public long RowsStride, ImportanceStride, OutputStride;
    public int WeightsStride, Features, Start, Samples;
}

[StructLayout(LayoutKind.Sequential)]
internal struct LinearForwardArguments
{
    public ulong Values, Bias;
    public long Stride, BiasStride;
    public int Width, Samples;
    public float Slope;
}

[StructLayout(LayoutKind.Sequential)]
internal struct LinearBackwardArguments
{
    public ulong Gradient, Output, BiasGradient;
    public long Stride, ParameterStride;
    public int Width, Samples;
    public float Slope;
}

[StructLayout(LayoutKind.Sequential)]
internal struct BatchNormForwardArguments
{
    public ulong Product, Bias, Scale, Shift, RunningMean, RunningVariance, Normalized, Inverse, Output;
    public long Stride, ParameterStride, StatisticsStride;
    public int Width, Samples;
    public float Slope, Epsilon, Momentum;
}

[StructLayout(LayoutKind.Sequential)]
internal struct BatchNormBackwardArguments
{
    public ulong Gradient, Output, Normalized, Inverse, Scale, ScaleGradient, ShiftGradient, BiasGradient;
    public long Stride, ParameterStride;
    public int Width, Samples;
    public float Slope;
}

[StructLayout(LayoutKind.Sequential)]
internal struct LossArguments
{
    public ulong Output, Target, Center, Radius, LogDeterminants, Weights, Scores, Losses, Gradient;
    public long Stride, TargetStride, ScoresStride;
    public int BatchStride, Width, Samples, Kind;
    public float Nu;
}

[StructLayout(LayoutKind.Sequential)]
internal struct LossSumArguments
{
    public ulong Losses, EpochLoss;
    public int BatchStride, Samples;
}

[StructLayout(LayoutKind.Sequential)]
internal struct RadiusArguments
{
    public ulong Scores, Radius, Cursor;
    public int BatchStride, Samples, FromEpoch;
    public double Quantile;
}

[StructLayout(LayoutKind.Sequential)]
internal struct AdamCorrectionArguments
{
    public ulong Steps, Corrections, Cursor;
    public int Replicas, Samples;
    public float Beta1, Beta2;
    public double Rate;
}

[StructLayout(LayoutKind.Sequential)]
internal struct AdamArguments
{
    public ulong Parameters, Gradient, First, Second, Corrections;
    public long Stride;
    public int Length;
    public float Beta1, Beta2, Epsilon, Decay;
}

[StructLayout(LayoutKind.Sequential)]
internal struct FoldArguments
{
    public ulong Weight, Bias, Scale, Shift, RunningMean, RunningVariance, FoldedWeight, FoldedBias;
    public long ParameterStride, StatisticsStride, FoldedStride;
    public int Inputs;
    public float Epsilon;
}

[StructLayout(LayoutKind.Sequential)]
internal struct OutputSumArguments
{
    public ulong Output, Sums;
    public long Stride;
    public int Width, Samples;
}

[StructLayout(LayoutKind.Sequential)]
internal struct CenterArguments
{
    public ulong Sums, Center;
    public int Count, Rows;
    public float LeastMagnitude;
}

[StructLayout(LayoutKind.Sequential)]
internal struct AffineForwardArguments
{
    public ulong Input, Affine, Output, Before, After;
    public long Stride, InputStride, AffineStride;
    public int BatchStride, Width, Samples;
}

[StructLayout(LayoutKind.Sequential)]
internal struct AffineBackwardArguments
{
    public ulong Affine, Output, OutputGradient, Weights, AffineGradient, InputGradient;
    public long Stride, AffineStride;
    public int BatchStride, Width, Samples;
}

[StructLayout(LayoutKind.Sequential)]
internal struct FlowNormForwardArguments
{
    public ulong Input, LogScale, Shift, RunningMean, RunningVariance, Normalized, Inverse, Output, LogDeterminants;
    public long Stride, ParameterStride, StatisticsStride;
    public int Width, Samples;
    public float Epsilon, Momentum;
}

[StructLayout(LayoutKind.Sequential)]
internal struct FlowNormScoringArguments
{
    public ulong Input, LogScale, Shift, RunningMean, RunningVariance, Output, LogDeterminants;
    public long Stride, ParameterStride, StatisticsStride;
    public int Width, Samples;
    public float Epsilon;
}

[StructLayout(LayoutKind.Sequential)]
internal struct LogDeterminantArguments
{
    public ulong LogDeterminants, Before, After;
    public int BatchStride, Width, Samples;
}

[StructLayout(LayoutKind.Sequential)]
internal struct FlowNormBackwardArguments
{
    public ulong OutputGradient, Normalized, Inverse, LogScale, Weights, InputGradient, LogScaleGradient, ShiftGradient;
    public long Stride, ParameterStride;
    public int BatchStride, Width, Samples;
}

[StructLayout(LayoutKind.Sequential)]
internal struct MaskArguments
{
    public ulong Gradient, Mask;
    public long Stride;
    public int Length;
}

[StructLayout(LayoutKind.Sequential)]
internal struct ConvolveArguments
{
    public ulong Input, Weight, Bias, Output;
    public long InputStride, WeightStride, BiasStride, OutputStride;
    public int InChannels, OutChannels, Height, Width, Samples, Doubled, Turned;
    public float Slope;
}

[StructLayout(LayoutKind.Sequential)]
internal struct ConvWeightGradientArguments
{
    public ulong Input, OutputGradient, Partials;
    public long InputStride, GradientStride;
    public int InChannels, OutChannels, Height, Width, Samples, Doubled, Chunk;
}

[StructLayout(LayoutKind.Sequential)]
internal struct AddPartialsArguments
{
    public ulong Partials, Sums;
    public long SumsStride;
    public int Length, Chunks;
}

[StructLayout(LayoutKind.Sequential)]
internal struct MaxPoolForwardArguments
{
    public ulong Input, Output;
    public long InputStride, OutputStride, Count;
    public int Width;
}

[StructLayout(LayoutKind.Sequential)]
internal struct MaxPoolBackwardArguments
{
    public ulong Input, OutputGradient, InputGradient;
    public long InputStride, OutputStride, Count;
    public int Width;
}

[StructLayout(LayoutKind.Sequential)]
internal struct UpsampleBackwardArguments
{
    public ulong OutputGradient, InputGradient;
    public long OutputStride, InputStride, Count;
    public int Width;
}

[StructLayout(LayoutKind.Sequential)]
internal struct ChannelSumArguments
{
    public ulong Values, Partials;
    public long Stride;
    public int Pixels, Samples, Chunk;
}

[StructLayout(LayoutKind.Sequential)]
internal struct ChannelSquaresArguments
{
    public ulong Values, Sums, Squares;
    public long Stride;
    public int Pixels, Samples, Chunk;
}

[StructLayout(LayoutKind.Sequential)]
internal struct ChannelNormForwardArguments
{
    public ulong Product, Sums, Squares, Scale, Shift, RunningMean, RunningVariance, Normalized, Inverse, Output;
    public long Stride, ParameterStride, StatisticsStride;
    public int Pixels, Samples, Chunk;
    public float Slope, Epsilon, Momentum;
}

[StructLayout(LayoutKind.Sequential)]
internal struct ChannelGradientSumsArguments
{
    public ulong Gradient, Output, Normalized, Sums, Products;
    public long Stride;
    public int Pixels, Samples, Chunk;
    public float Slope;
}

[StructLayout(LayoutKind.Sequential)]
internal struct ChannelNormBackwardArguments
{
    public ulong Gradient, Normalized, Inverse, Sums, Products, Scale, ScaleGradient, ShiftGradient;
    public long Stride, ParameterStride;
    public int Pixels, Samples, Chunk;
}

[StructLayout(LayoutKind.Sequential)]
internal struct SortArguments
{
    public ulong Scores, Keys, Payload, SortedKeys, SortedPayload, HasNan, Counts, States, Tickets;
    public long Stride;
    public int Count, Tiles, Shift;
}

[StructLayout(LayoutKind.Sequential)]
internal struct RankArguments
{
    public ulong Scores, Keys, Order, HasNan, Labels, Ranks, Records;
    public long Stride;
    public int Samples, ByDensity;
}

[StructLayout(LayoutKind.Sequential)]
internal struct WeightArguments
{
    public ulong Scores, Records, Weights;
    public long Stride;
    public double InverseTau;
    public int Members, Samples, ByDensity;
}

[StructLayout(LayoutKind.Sequential)]
internal struct WeightStatisticsArguments
{
    public ulong Weights, Order, Labels, Records;
    public long Stride;
    public int Samples;
}

[StructLayout(LayoutKind.Sequential)]
internal struct MemberMedianArguments
{
    public ulong Scores, Order, HasNan, Medians;
    public long Stride;
    public int Replicas, Samples;
}

[StructLayout(LayoutKind.Sequential)]
internal struct CombineArguments
{
    public ulong Scores, Medians, Combined;
    public long Stride;
    public int Members, Samples, Subtract;
}

[StructLayout(LayoutKind.Sequential)]
internal struct CursorRecord
{
    public int Start, Epoch, Round;
}

[StructLayout(LayoutKind.Sequential)]
internal struct OutcomeRecord
{
    public double Loss;
    public int FailedEpoch;
}

[StructLayout(LayoutKind.Sequential)]
internal struct BeginTrainingArguments
{
    public ulong Cursor, EpochLoss, Outcomes;
    public int Replicas, Round, Epoch;
}

[StructLayout(LayoutKind.Sequential)]
internal struct DrawOrderArguments
{
    public ulong Cursor, Seeds, Members, Draws;
    public int Rows, Purpose;
}

[StructLayout(LayoutKind.Sequential)]
internal struct FinishEpochArguments
{
    public ulong Cursor, EpochLoss, Outcomes;
    public int Replicas, Rows;
}

[StructLayout(LayoutKind.Sequential)]
internal struct TensorRecord
{
    public int Offset, Kind, Layer;
    public float Bound;
}

[StructLayout(LayoutKind.Sequential)]
internal struct InitializeArguments
{
    public ulong Tensors, Seeds, Members, Mask, Values;
    public long Stride;
    public int Count, Length, Round;
}

[StructLayout(LayoutKind.Sequential)]
internal struct OtsuArguments
{
    public ulong Keys, Low, Records;
    public int Samples;
}

[StructLayout(LayoutKind.Sequential)]
internal struct KeepArguments
{
    public ulong IsKept, Values, Kept;
    public long Words;
}
