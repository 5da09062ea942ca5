using System.Runtime.InteropServices;
using IadNative.Compute.Operations;

namespace IadNative.Cuda;

/// <summary>The kernels of the engine, ready to launch. Launch shapes stand beside the kernels' definitions in kernels/.</summary>
internal sealed class KernelSet(ICudaDriver driver)
{
    private const int WarpsPerBlock = 8, FeaturesPerBlock = 32, TileSide = 16, ChannelsPerBlock = 8, MostBlocks = 1024;

    private readonly nint _gather = driver.GetKernel("gather.cu", "gather_batch");
    private readonly nint _linearForward = driver.GetKernel("linear.cu", "linear_forward");
    private readonly nint _linearBackward = driver.GetKernel("linear.cu", "linear_backward");
    private readonly nint _batchNormForward = driver.GetKernel("batchnorm.cu", "batchnorm_forward");
    private readonly nint _batchNormBackward = driver.GetKernel("batchnorm.cu", "batchnorm_backward");
    private readonly nint _weightedLoss = driver.GetKernel("loss.cu", "weighted_loss");
    private readonly nint _scoreOutput = driver.GetKernel("loss.cu", "score_output");
    private readonly nint _addBatchLoss = driver.GetKernel("loss.cu", "add_batch_loss");
    private readonly nint _updateRadius = driver.GetKernel("radius.cu", "update_radius");
    private readonly nint _adamCorrections = driver.GetKernel("adam.cu", "adam_corrections");
    private readonly nint _adamStep = driver.GetKernel("adam.cu", "adam_step");
    private readonly nint _foldLayer = driver.GetKernel("fold.cu", "fold_layer");
    private readonly nint _addOutputs = driver.GetKernel("center.cu", "add_outputs");
    private readonly nint _placeCenter = driver.GetKernel("center.cu", "place_center");
    private readonly nint _affineForward = driver.GetKernel("made.cu", "affine_forward");
    private readonly nint _affineBackward = driver.GetKernel("made.cu", "affine_backward");
    private readonly nint _flowNormForward = driver.GetKernel("flownorm.cu", "flow_norm_forward");
    private readonly nint _flowNormScoring = driver.GetKernel("flownorm.cu", "flow_norm_scoring");
    private readonly nint _flowNormBackward = driver.GetKernel("flownorm.cu", "flow_norm_backward");
    private readonly nint _addLogDeterminant = driver.GetKernel("flownorm.cu", "add_log_determinant");
    private readonly nint _maskGradient = driver.GetKernel("made.cu", "mask_gradient");
    private readonly nint _convolve = driver.GetKernel("conv.cu", "convolve");
    private readonly nint _convWeightGradient = driver.GetKernel("conv.cu", "conv_weight_gradient");
    private readonly nint _addPartials = driver.GetKernel("conv.cu", "add_partials");
    private readonly nint _maxPoolForward = driver.GetKernel("pool.cu", "max_pool_forward");
    private readonly nint _maxPoolBackward = driver.GetKernel("pool.cu", "max_pool_backward");
    private readonly nint _upsampleBackward = driver.GetKernel("pool.cu", "upsample_backward");
    private readonly nint _channelSum = driver.GetKernel("channelnorm.cu", "channel_sum");
    private readonly nint _channelSquares = driver.GetKernel("channelnorm.cu", "channel_squares");
    private readonly nint _channelNormForward = driver.GetKernel("channelnorm.cu", "channel_norm_forward");
    private readonly nint _channelGradientSums = driver.GetKernel("channelnorm.cu", "channel_gradient_sums");
    private readonly nint _channelNormBackward = driver.GetKernel("channelnorm.cu", "channel_norm_backward");
    private readonly nint _sortSmall = driver.GetKernel("sort.cu", "sort_small");
    private readonly nint _countDigits = driver.GetKernel("sort.cu", "count_digits");
    private readonly nint _sortPass = driver.GetKernel("sort.cu", "sort_pass");
    private readonly nint _rankScores = driver.GetKernel("iad.cu", "rank_scores");
    private readonly nint _weighSamples = driver.GetKernel("iad.cu", "weigh_samples");
    private readonly nint _describeWeights = driver.GetKernel("iad.cu", "describe_weights");
    private readonly nint _otsuRatios = driver.GetKernel("termination.cu", "otsu_ratios");
    private readonly nint _keepRounds = driver.GetKernel("termination.cu", "keep_rounds");
    private readonly nint _beginTraining = driver.GetKernel("epoch.cu", "begin_training");
    private readonly nint _drawOrder = driver.GetKernel("epoch.cu", "draw_order");
    private readonly nint _finishEpoch = driver.GetKernel("epoch.cu", "finish_epoch");
    private readonly nint _initializeTensors = driver.GetKernel("initialize.cu", "initialize_tensors");
    private readonly nint _memberMedians = driver.GetKernel("iad.cu", "member_medians");
    private readonly nint _combineMembers = driver.GetKernel("iad.cu", "combine_members");

    public void Gather(in GatherArguments a, int replicas) =>
        Launch(_gather, Elements((long)a.Samples * a.Features, replicas), a);

    public void LinearForward(in LinearForwardArguments a, int replicas) =>
        Launch(_linearForward, Elements((long)a.Samples * a.Width, replicas), a);

    public void LinearBackward(in LinearBackwardArguments a, int replicas) =>
        Launch(_linearBackward, Columns(a.Width, replicas), a);

    public void BatchNormForward(in BatchNormForwardArguments a, int replicas) =>
        Launch(_batchNormForward, Columns(a.Width, replicas), a);

    public void BatchNormBackward(in BatchNormBackwardArguments a, int replicas) =>
        Launch(_batchNormBackward, Columns(a.Width, replicas), a);

    public void WeightedLoss(in LossArguments a, int replicas) => Launch(_weightedLoss, Samples(a.Samples, replicas), a);

    public void ScoreOutput(in LossArguments a, int replicas) => Launch(_scoreOutput, Samples(a.Samples, replicas), a);

    public void AddBatchLoss(in LossSumArguments a, int replicas) => Launch(_addBatchLoss, new LaunchShape(replicas, 1, 1, 256), a);

    public void UpdateRadius(in RadiusArguments a, int replicas) => Launch(_updateRadius, new LaunchShape(replicas, 1, 1, 256), a);

    public void AdamCorrections(in AdamCorrectionArguments a) => Launch(_adamCorrections, Elements(a.Replicas, 1), a);

    public void AdamStep(in AdamArguments a, int replicas) => Launch(_adamStep, Elements(a.Length, replicas), a);

    public void FoldLayer(in FoldArguments a, int outputs, int replicas) =>
        Launch(_foldLayer, new LaunchShape(outputs, replicas, 1, 128), a);

    public void AddOutputs(in OutputSumArguments a, int replicas) => Launch(_addOutputs, Columns(a.Width, replicas), a);

    public void PlaceCenter(in CenterArguments a) => Launch(_placeCenter, Elements(a.Count, 1), a);

    public void AffineForward(in AffineForwardArguments a, int replicas) => Launch(_affineForward, Samples(a.Samples, replicas), a);

    public void AffineBackward(in AffineBackwardArguments a, int replicas) =>
        Launch(_affineBackward, Elements((long)a.Samples * a.Width, replicas), a);

    public void FlowNormForward(in FlowNormForwardArguments a, int replicas) =>
        Launch(_flowNormForward, Columns(a.Width, replicas), a);

    public void FlowNormScoring(in FlowNormScoringArguments a, int replicas) =>
        Launch(_flowNormScoring, Columns(a.Width, replicas), a);

    public void FlowNormBackward(in FlowNormBackwardArguments a, int replicas) =>
        Launch(_flowNormBackward, Columns(a.Width, replicas), a);

    public void AddLogDeterminant(in LogDeterminantArguments a, int replicas) =>
        Launch(_addLogDeterminant, new LaunchShape(replicas, 1, 1, 256), a);

    public void MaskGradient(in MaskArguments a, int replicas) => Launch(_maskGradient, Elements(a.Length, replicas), a);

    public void Convolve(in ConvolveArguments a, int replicas)
    {
        int tiles = Blocks(a.Height, TileSide) * Blocks(a.Width, TileSide);
        Launch(_convolve, new LaunchShape(checked(tiles * Blocks(a.OutChannels, ChannelsPerBlock)), a.Samples, replicas, 256), a);
    }

    public void ConvWeightGradient(in ConvWeightGradientArguments a, int replicas) => Launch(
        _convWeightGradient,
        new LaunchShape(checked(a.OutChannels * a.InChannels), Blocks(a.Samples, a.Chunk), replicas, 256), a);

    public void AddPartials(in AddPartialsArguments a, int replicas) => Launch(_addPartials, Elements(a.Length, replicas), a);

    public void MaxPoolForward(in MaxPoolForwardArguments a, int replicas) => Launch(_maxPoolForward, Elements(a.Count, replicas), a);

    public void MaxPoolBackward(in MaxPoolBackwardArguments a, int replicas) =>
        Launch(_maxPoolBackward, Elements(a.Count, replicas), a);

    public void UpsampleBackward(in UpsampleBackwardArguments a, int replicas) =>
        Launch(_upsampleBackward, Elements(a.Count, replicas), a);

    public void ChannelSum(in ChannelSumArguments a, int channels, int replicas) =>
        Launch(_channelSum, Channels(channels, a.Samples, a.Chunk, replicas), a);

    public void ChannelSquares(in ChannelSquaresArguments a, int channels, int replicas) =>
        Launch(_channelSquares, Channels(channels, a.Samples, a.Chunk, replicas), a);

    public void ChannelNormForward(in ChannelNormForwardArguments a, int channels, int replicas) =>
        Launch(_channelNormForward, Channels(channels, a.Samples, a.Chunk, replicas), a);

    public void ChannelGradientSums(in ChannelGradientSumsArguments a, int channels, int replicas) =>
        Launch(_channelGradientSums, Channels(channels, a.Samples, a.Chunk, replicas), a);

    public void ChannelNormBackward(in ChannelNormBackwardArguments a, int channels, int replicas) =>
        Launch(_channelNormBackward, Channels(channels, a.Samples, a.Chunk, replicas), a);

    public void SortSmall(in SortArguments a, int segments)
    {
        int threads = Math.Clamp(32 * Blocks(a.Count, 32), SortTable.LeastSmallThreads, SortTable.SmallThreads);
        Launch(_sortSmall, new LaunchShape(1, segments, 1, threads), a);
    }

    public void CountDigits(in SortArguments a, int segments)
    {
        int most = Math.Max(SortTable.CountBlocks / segments, 1);
        Launch(_countDigits, new LaunchShape(Math.Min(a.Tiles, most), segments, 1, SortTable.CountThreads), a);
    }

    public void SortPass(in SortArguments a, int segments) =>
        Launch(_sortPass, new LaunchShape(a.Tiles, segments, 1, SortTable.TileThreads), a);

    public void RankScores(in RankArguments a, int runs) => Launch(_rankScores, Strided(a.Samples, runs), a);

    public void WeighSamples(in WeightArguments a, int runs) => Launch(_weighSamples, Strided(a.Samples, runs), a);

    public void DescribeWeights(in WeightStatisticsArguments a, int runs) =>
        Launch(_describeWeights, new LaunchShape(1, runs, 1, 1024), a);

    public void OtsuRatios(in OtsuArguments a, int runs) => Launch(_otsuRatios, new LaunchShape(1, runs, 1, 256), a);

    public void KeepRounds(in KeepArguments a, int runs) => Launch(_keepRounds, Strided(a.Words, runs), a);

    public void BeginTraining(in BeginTrainingArguments a) => Launch(_beginTraining, new LaunchShape(1, 1, 1, 256), a);

    public void DrawOrder(in DrawOrderArguments a, int replicas) => Launch(_drawOrder, Elements(((long)a.Rows + 3) / 4, replicas), a);

    public void FinishEpoch(in FinishEpochArguments a) => Launch(_finishEpoch, new LaunchShape(1, 1, 1, 256), a);

    public void InitializeTensors(in InitializeArguments a, int replicas) =>
        Launch(_initializeTensors, Elements(a.Length, replicas), a);

    public void MemberMedians(in MemberMedianArguments a) => Launch(_memberMedians, Elements(a.Replicas, 1), a);

    public void CombineMembers(in CombineArguments a, int runs) => Launch(_combineMembers, Elements(a.Samples, runs), a);

    /// <summary>One thread per element.</summary>
    private static LaunchShape Elements(long count, int replicas) => new(Blocks(count, 256), replicas, 1, 256);

    /// <summary>One thread per element, or where they are many, several elements for each thread.</summary>
    private static LaunchShape Strided(long count, int replicas) =>
        new(Math.Min(Blocks(count, 256), MostBlocks), replicas, 1, 256);

    /// <summary>32 features by 8 groups of rows per block.</summary>
    private static LaunchShape Columns(int width, int replicas) => new(Blocks(width, FeaturesPerBlock), replicas, 1, 256);

    /// <summary>A warp per sample.</summary>
    private static LaunchShape Samples(int samples, int replicas) => new(Blocks(samples, WarpsPerBlock), replicas, 1, 256);

    /// <summary>A block per channel and chunk of samples.</summary>
    private static LaunchShape Channels(int channels, int samples, int chunk, int replicas) =>
        new(channels, Blocks(samples, chunk), replicas, 256);

    private static int Blocks(long count, int perBlock) => checked((int)((count + perBlock - 1) / perBlock));

    private void Launch<T>(nint kernel, in LaunchShape shape, in T arguments)
        where T : unmanaged =>
        driver.Launch(kernel, shape, MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in arguments)));
}
