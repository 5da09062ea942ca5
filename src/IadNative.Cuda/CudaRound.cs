using System.Runtime.InteropServices;
using IadNative.Compute;
using IadNative.Iad;

namespace IadNative.Cuda;

/// <summary>
/// What happens between two rounds, for all runs at once and on the device alone: scores are sorted, ranked, compared with the
/// last round's ranks, and become the weights of the next. One record per run waits to be read.
/// </summary>
internal sealed class CudaRound
{
    private readonly ICudaDriver _driver;
    private readonly KernelSet _kernels;
    private readonly int _runs, _members, _samples;
    private readonly byte[]? _isAnomaly;
    private readonly bool _subtract;
    private readonly RadixSort _sort;
    private readonly RadixSort? _memberSort;
    private readonly DeviceBuffer _records;
    private readonly DeviceBuffer? _labels, _combined, _medians;

    /// <summary>Reserves the memory for all rounds.</summary>
    /// <param name="driver">The device.</param>
    /// <param name="kernels">Its kernels.</param>
    /// <param name="arena">To be allocated before <see cref="Start"/>.</param>
    /// <param name="runs">Runs.</param>
    /// <param name="members">Networks of each; replica r is member r mod members of run r / members.</param>
    /// <param name="samples">n, at least 1.</param>
    /// <param name="loss">The loss whose scores they are: how members are averaged.</param>
    /// <param name="isAnomaly">n labels; null for none.</param>
    public CudaRound(
        ICudaDriver driver, KernelSet kernels, DeviceArena arena, int runs, int members, int samples, LossKind loss,
        bool[]? isAnomaly)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(samples);
        if (isAnomaly is not null && isAnomaly.Length != samples)
            throw new ArgumentException($"{samples} samples need as many labels, not {isAnomaly.Length}.", nameof(isAnomaly));
        (_driver, _kernels, _runs, _members, _samples) = (driver, kernels, runs, members, samples);
        _subtract = MemberScores.Subtracts(loss);
        _isAnomaly = isAnomaly?.Select(label => label ? (byte)1 : (byte)0).ToArray();
        _sort = new RadixSort(driver, kernels, arena, runs, samples);
        Ranks = arena.Reserve<int>((long)runs * samples);
        _records = arena.Reserve<RoundRecord>(runs);
        if (isAnomaly is not null) _labels = arena.Reserve<byte>(samples);
        if (members == 1) return;

        _memberSort = new RadixSort(driver, kernels, arena, runs * members, samples);
        _medians = arena.Reserve<double>((long)runs * members);
        _combined = arena.Reserve<float>((long)runs * samples);
    }

    /// <summary>Each run's ranks 1 … n in the last round; 0 before the first.</summary>
    public DeviceBuffer Ranks { get; }

    /// <summary>Each run's scores in the last round; with several members the average of theirs.</summary>
    /// <param name="memberScores">What <see cref="Take"/> was given.</param>
    public ulong Scores(ulong memberScores) => _combined?.Address ?? memberScores;

    /// <summary>Uploads the labels and forgets all ranks.</summary>
    public void Start()
    {
        if (_isAnomaly is not null) _driver.CopyToDevice(_labels!.Address, _isAnomaly);
        _driver.Clear(Ranks.Address, Ranks.Bytes);
    }

    /// <summary>
    /// Takes the scores of a round. A run with a score that is not finite keeps its ranks and weights, and its record says so.
    /// Nothing is read back, so that this can be captured into a graph.
    /// </summary>
    /// <param name="memberScores">n scores of every replica, on the device.</param>
    /// <param name="weights">Receives n weights of every replica.</param>
    /// <param name="inverseTau">1/τ.</param>
    public void Take(ulong memberScores, ulong weights, double inverseTau)
    {
        if (_memberSort is not null) Combine(_memberSort, memberScores);
        ulong scores = Scores(memberScores);
        _sort.SortScores(scores, _samples);
        _driver.Clear(_records.Address, _records.Bytes);
        _kernels.RankScores(
            new RankArguments
            {
                Scores = scores,
                Keys = _sort.SortedKeys.Address,
                Order = _sort.SortedPayload.Address,
                HasNan = _sort.HasNan.Address,
                Labels = _labels?.Address ?? 0,
                Ranks = Ranks.Address,
                Records = _records.Address,
                Stride = _samples,
                Samples = _samples,
            },
            _runs);
        _kernels.WeighSamples(
            new WeightArguments
            {
                Scores = scores,
                Records = _records.Address,
                Weights = weights,
                Stride = _samples,
                InverseTau = inverseTau,
                Members = _members,
                Samples = _samples,
            },
            _runs);
        _kernels.DescribeWeights(
            new WeightStatisticsArguments
            {
                Weights = weights,
                Order = _sort.SortedPayload.Address,
                Labels = _labels?.Address ?? 0,
                Records = _records.Address,
                Stride = (long)_members * _samples,
                Samples = _samples,
            },
            _runs);
    }

    /// <summary>Waits for the device and reads every run's record.</summary>
    public void ReadRecords(Span<RoundRecord> records) => _driver.CopyToHost(MemoryMarshal.AsBytes(records), _records.Address);

    /// <summary>
    /// Waits for the device and reads the median score of every replica, NaN where a score is not finite. For runs of several
    /// members.
    /// </summary>
    public void ReadMedians(Span<double> medians) => _driver.CopyToHost(MemoryMarshal.AsBytes(medians), _medians!.Address);

    private void Combine(RadixSort sort, ulong memberScores)
    {
        sort.SortScores(memberScores, _samples);
        _kernels.MemberMedians(new MemberMedianArguments
        {
            Scores = memberScores,
            Order = sort.SortedPayload.Address,
            HasNan = sort.HasNan.Address,
            Medians = _medians!.Address,
            Stride = _samples,
            Replicas = _runs * _members,
            Samples = _samples,
        });
        _kernels.CombineMembers(
            new CombineArguments
            {
                Scores = memberScores,
                Medians = _medians.Address,
                Combined = _combined!.Address,
                Stride = _samples,
                Members = _members,
                Samples = _samples,
                Subtract = _subtract ? 1 : 0,
            },
            _runs);
    }
}
