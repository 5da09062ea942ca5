using System.Runtime.InteropServices;
using IadNative.Compute;
using IadNative.Iad;
using IadNative.Models;

namespace IadNative.Cuda;

/// <summary>As in kernels/iad.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct RankArguments
{
    public ulong Scores, Keys, Order, HasNan, Labels, Ranks, Records;
    public long Stride;
    public int Samples, Form;
}

/// <summary>As in kernels/iad.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct WeightArguments
{
    public ulong Scores, Records, Weights;
    public long Stride;
    public double InverseTau;
    public int Members, Samples, Form;
}

/// <summary>As in kernels/iad.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct WeightStatisticsArguments
{
    public ulong Weights, Order, Labels, Records;
    public long Stride;
    public int Samples;
}

/// <summary>As in kernels/iad.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct MemberMedianArguments
{
    public ulong Scores, Order, HasNan, Medians;
    public long Stride;
    public int Replicas, Samples;
}

/// <summary>As in kernels/iad.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CombineArguments
{
    public ulong Scores, Medians, Combined;
    public long Stride;
    public int Members, Samples, Subtract;
}

/// <summary>
/// From scores to weights (Eq. 12–16), for all runs at once: members' scores are averaged, the averages sorted and ranked, the
/// ranks compared with the last round's, and weights follow. One record per run waits to be read.
/// </summary>
internal sealed class CudaRanking
{
    public static readonly KernelDefinition<RankArguments> RankScores = new(
        "iad.cu", "rank_scores", (in a, runs, _) => LaunchShape.Strided(a.Samples, runs));

    public static readonly KernelDefinition<WeightArguments> WeighSamples = new(
        "iad.cu", "weigh_samples", (in a, runs, _) => LaunchShape.Strided(a.Samples, runs));

    public static readonly KernelDefinition<WeightStatisticsArguments> DescribeWeights = new(
        "iad.cu", "describe_weights", (in _, runs, _) => new LaunchShape(1, runs, 1, 1024));

    public static readonly KernelDefinition<MemberMedianArguments> MemberMedians = new(
        "iad.cu", "member_medians", (in a, _, _) => LaunchShape.Elements(a.Replicas, 1));

    public static readonly KernelDefinition<CombineArguments> CombineMembers = new(
        "iad.cu", "combine_members", (in a, runs, _) => LaunchShape.Elements(a.Samples, runs));

    private readonly ICudaDriver _driver;
    private readonly Kernel<RankArguments> _rankScores;
    private readonly Kernel<WeightArguments> _weighSamples;
    private readonly Kernel<WeightStatisticsArguments> _describeWeights;
    private readonly Kernel<MemberMedianArguments>? _memberMedians;
    private readonly Kernel<CombineArguments>? _combineMembers;
    private readonly RoundSpec _spec;
    private readonly int _runs, _members, _samples;
    private readonly byte[]? _isAnomaly;
    private readonly RadixSort _sort;
    private readonly RadixSort? _memberSort;
    private readonly DeviceBuffer? _labels;

    /// <summary>Reserves the memory for all rounds.</summary>
    /// <param name="driver">The device.</param>
    /// <param name="kernels">Its kernels.</param>
    /// <param name="arena">To be allocated before <see cref="Upload"/>.</param>
    /// <param name="spec">What the rounds need to know; at least one sample.</param>
    public CudaRanking(ICudaDriver driver, DeviceKernels kernels, DeviceArena arena, RoundSpec spec)
    {
        (_driver, _spec, _runs, _members, _samples) = (driver, spec, spec.Runs, spec.Members, spec.Samples);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(_samples);
        if (spec.Labels is { } labels && labels.Length != _samples)
            throw new ArgumentException($"{_samples} samples need as many labels, not {labels.Length}.", nameof(spec));
        _isAnomaly = spec.Labels?.Select(label => label ? (byte)1 : (byte)0).ToArray();
        (_rankScores, _weighSamples) = (kernels.Get(RankScores), kernels.Get(WeighSamples));
        _describeWeights = kernels.Get(DescribeWeights);
        _sort = new RadixSort(driver, kernels, arena, _runs, _samples);
        Ranks = arena.Reserve<int>((long)_runs * _samples);
        Records = arena.Reserve<RoundRecord>(_runs);
        if (_isAnomaly is not null) _labels = arena.Reserve<byte>(_samples);
        if (_members == 1) return;

        (_memberMedians, _combineMembers) = (kernels.Get(MemberMedians), kernels.Get(CombineMembers));
        _memberSort = new RadixSort(driver, kernels, arena, _runs * _members, _samples);
        Medians = arena.Reserve<double>((long)_runs * _members);
        Combined = arena.Reserve<float>((long)_runs * _samples);
    }

    /// <summary>Each run's ranks 1 … n in the last round; 0 before the first.</summary>
    public DeviceBuffer Ranks { get; }

    /// <summary>Each run's record of the last round.</summary>
    public DeviceBuffer Records { get; }

    /// <summary>The keys of each run's n scores in ascending order.</summary>
    public DeviceBuffer SortedKeys => _sort.SortedKeys;

    /// <summary>
    /// The median score of every replica, NaN where a score is not finite. For runs of several members; null for others.
    /// </summary>
    public DeviceBuffer? Medians { get; }

    /// <summary>The n scores of every run that its members' average to. For runs of several members; null for others.</summary>
    public DeviceBuffer? Combined { get; }

    /// <summary>Copies to the device what never changes.</summary>
    public void Upload()
    {
        if (_isAnomaly is not null) _driver.CopyToDevice(_labels!.Address, _isAnomaly);
    }

    /// <summary>Forgets all ranks.</summary>
    public void Forget() => _driver.Clear(Ranks.Address, Ranks.Bytes);

    /// <summary>
    /// Takes the scores of a round. A run with a score that is not finite keeps its ranks and weights, and its record says so.
    /// Nothing is read back, so that this can be captured into a graph.
    /// </summary>
    /// <param name="memberScores">n scores of every replica, on the device.</param>
    /// <param name="weights">Receives n weights of every replica.</param>
    public void Take(ulong memberScores, ulong weights)
    {
        if (_memberSort is not null) Combine(_memberSort, memberScores);
        ulong scores = Combined?.Address ?? memberScores;
        _sort.SortScores(scores, _samples);
        _driver.Clear(Records.Address, Records.Bytes);
        _rankScores.Launch(
            new RankArguments
            {
                Scores = scores,
                Keys = _sort.SortedKeys.Address,
                Order = _sort.SortedPayload.Address,
                HasNan = _sort.HasNan.Address,
                Labels = _labels?.Address ?? 0,
                Ranks = Ranks.Address,
                Records = Records.Address,
                Stride = _samples,
                Samples = _samples,
                Form = (int)_spec.Weighs,
            },
            _runs);
        _weighSamples.Launch(
            new WeightArguments
            {
                Scores = scores,
                Records = Records.Address,
                Weights = weights,
                Stride = _samples,
                InverseTau = _spec.InverseTau,
                Members = _members,
                Samples = _samples,
                Form = (int)_spec.Weighs,
            },
            _runs);
        _describeWeights.Launch(
            new WeightStatisticsArguments
            {
                Weights = weights,
                Order = _sort.SortedPayload.Address,
                Labels = _labels?.Address ?? 0,
                Records = Records.Address,
                Stride = (long)_members * _samples,
                Samples = _samples,
            },
            _runs);
    }

    private void Combine(RadixSort sort, ulong memberScores)
    {
        sort.SortScores(memberScores, _samples);
        _memberMedians!.Launch(new MemberMedianArguments
        {
            Scores = memberScores,
            Order = sort.SortedPayload.Address,
            HasNan = sort.HasNan.Address,
            Medians = Medians!.Address,
            Stride = _samples,
            Replicas = _runs * _members,
            Samples = _samples,
        });
        _combineMembers!.Launch(
            new CombineArguments
            {
                Scores = memberScores,
                Medians = Medians.Address,
                Combined = Combined!.Address,
                Stride = _samples,
                Members = _members,
                Samples = _samples,
                Subtract = _spec.Families[0].Scale == MemberScale.SubtractMedian ? 1 : 0,
            },
            _runs);
    }
}
