using IadNative.Compute;
using IadNative.Compute.Operations;
using IadNative.Data;
using IadNative.Models;

namespace IadNative.Iad.Members;

/// <summary>Training of networks on a device: each family is a session of its own.</summary>
internal sealed class NetworkTraining : ITraining
{
    private readonly IDevice _device;
    private readonly TrainingOptions _options;
    private readonly IReadOnlyList<NetworkFamily> _families;
    private readonly bool _isCommittee;

    /// <summary>Training of families on a data set.</summary>
    /// <param name="device">Where they train.</param>
    /// <param name="families">What trains.</param>
    /// <param name="data">The samples: their number, their labels and their name.</param>
    /// <param name="options">How.</param>
    /// <param name="areWeightsShared">Whether all families have the same importance weights.</param>
    /// <param name="scale">How scores of networks are brought to one scale; null for as their models do.</param>
    /// <exception cref="ArgumentException">There are too few samples.</exception>
    public NetworkTraining(
        IDevice device, IReadOnlyList<NetworkFamily> families, Dataset data, TrainingOptions options, bool areWeightsShared = true,
        MemberScale? scale = null)
    {
        (_options, _families) = (options, families);
        _isCommittee = scale == MemberScale.Quartiles;
        Loop = new LoopSpec
        {
            Rounds = options.Rounds,
            Termination = options.Termination,
            Seed = options.Seed,
            Seeds = options.Seeds,
            Between = new RoundSpec
            {
                Families = [.. families.Select(family => ScoresOf(family, scale))],
                AveragesRounds = options.Termination.KeptOf(options.Rounds) > 1,
                AreWeightsShared = areWeightsShared,
                Samples = data.Rows,
                Labels = data.Anomalies > 0 && data.Anomalies < data.Rows ? data.Labels : null,
                InverseTau = options.InverseTau,
            },
        };
        int fewest = Math.Max(Members == 1 ? 2 : 3, families.Max(FewestRows));
        if (data.Rows < fewest)
            throw new ArgumentException($"{data.Name} has {data.Rows} samples; at least {fewest} are needed.", nameof(data));
        long most = families.Min(MostRows);
        if (data.Rows > most)
            throw new ArgumentException($"{data.Name} has {data.Rows} samples, and codes of at most {most} can be kept. Draw a sample, or take another model.", nameof(data));
        _device = device is IDeviceChoice choice ? choice.ChooseFor(Work(), HasDeviceRounds ? Loop.Between : null) : device;
    }

    public LoopSpec Loop { get; }

    public long EpochsOfRun => _families.Sum(family => family.Members * (TrainingEpochs(family) + PretrainingEpochs(family)));

    public int Most(ulong seed, int runs)
    {
        if (runs == 1 || _device is not IRoundDevice device) return runs;
        ReplicaSpec[][] replicas = [.. _families.Select((_, family) => Replicas(seed, family).ToArray())];
        if (HasRoom(runs)) return runs;
        int room = 1, tooMany = runs;
        while (tooMany - room > 1)
        {
            int middle = (room + tooMany) / 2;
            if (HasRoom(middle)) room = middle;
            else tooMany = middle;
        }

        return room;

        bool HasRoom(int count) => device.HasRoom(
            [.. _families.SelectMany((family, index) =>
                SessionsOf(family, Session(family, [.. Enumerable.Repeat(replicas[index], count).SelectMany(own => own)])))],
            Loop.Between with { Runs = count, Families = [Loop.Between.Families[0]] });
    }

    public IMembers Create(IReadOnlyList<ulong> seeds, ProgressMeter progress)
    {
        var families = new List<SessionMembers>();
        try
        {
            for (int index = 0; index < _families.Count; index++)
            {
                NetworkFamily family = _families[index];
                ReplicaSpec[] replicas = [.. seeds.SelectMany(seed => Replicas(seed, index))];
                families.Add(MembersOf(family, Session(family, replicas), progress));
            }
        }
        catch
        {
            foreach (SessionMembers family in families) family.Dispose();
            throw;
        }

        return families.Count == 1 ? families[0] : new FamilyMembers(families);
    }

    private int Members => _families.Sum(family => family.Members);

    private bool HasDeviceRounds => Loop.Between.FitsDevice && _families[0].Plan.Model.SelfTraining is null;

    /// <summary>Epochs of a network over all rounds.</summary>
    private long TrainingEpochs(NetworkFamily family) =>
        !family.Plan.IsTrained ? 0 : (IsScoredFirst(family) ? _options.Rounds : _options.Rounds + 1L) * family.Epochs;

    /// <summary>
    /// Whether round 0 leaves networks as they are, since they learned on importance weights elsewhere; without such weights it is the
    /// only training.
    /// </summary>
    private bool IsScoredFirst(NetworkFamily family) => family.Start is not null && _options.Rounds > 0;

    private long PretrainingEpochs(NetworkFamily family)
    {
        bool isOnce = family.Plan.Model.SelfTraining is not null || _options.Between != BetweenRounds.Reinitialize;
        return (isOnce ? 1L : _options.Rounds + 1L) * family.Plan.PretrainEpochs;
    }

    /// <summary>What the device of all runs has to do.</summary>
    private DeviceWork[] Work() =>
    [
        .. _families.SelectMany((family, index) =>
        {
            ReplicaSpec[] own = [.. Replicas(_options.Seed, index)];
            SessionSpec spec = Session(family, [.. Enumerable.Repeat(own, _options.Seeds).SelectMany(replicas => replicas)]);
            int scorings = _options.Rounds + 1;
            return SessionsOf(family, spec).Select(session => session.Plan == family.Plan.Pretraining
                ? new DeviceWork(session.Plan, session.Spec, PretrainingEpochs(family), family.Plan.IsTrained ? 0 : scorings)
                : new DeviceWork(session.Plan, session.Spec, session.Plan.Fit is null ? TrainingEpochs(family) : scorings, scorings));
        }),
    ];

    /// <summary>The networks of a family in a run.</summary>
    private IEnumerable<ReplicaSpec> Replicas(ulong seed, int family)
    {
        int first = _families.Take(family).Sum(other => other.Members), samples = Loop.Between.Samples;
        NetworkFamily own = _families[family];
        int peers = Peers(own);
        return Enumerable.Range(0, own.Members).Select(index => new ReplicaSpec(
            seed, first + index, MemberRows.Draw(seed, first + index, peers, samples, own.MostRows), own.ColumnsOf(seed, first, index)));
    }

    // An ensemble's members have a part of the rows each.
    private int FewestRows(NetworkFamily family)
    {
        if (family.Plan.Model.SelfTraining is null) return 0;
        int rows = SelfTraining.FewestRows;
        while (MemberRows.Count(Peers(family), rows, most: null) < SelfTraining.FewestRows) rows++;
        return rows;
    }

    // A process keeps the codes of all rows in one array.
    private static long MostRows(NetworkFamily family) =>
        family.Plan.Training.Scoring.OfType<KernelRegression>().SingleOrDefault() is { } regression ? Array.MaxLength / regression.Input.Width : long.MaxValue;

    private int Peers(NetworkFamily family) => _isCommittee && family.Members == 1 ? 1 : Members;

    private static FamilyScores ScoresOf(NetworkFamily family, MemberScale? scale)
    {
        BaseModel model = family.Plan.Model;
        return new FamilyScores(family.Members, scale ?? model.MemberScale, scale is null ? model.Weighs : WeighedScore.Plain)
        {
            IsLogarithmic = model.MemberScale == MemberScale.DivideByMedian,
            Weight = family.Weight,
            Votes = family.Votes,
        };
    }

    private SessionMembers MembersOf(NetworkFamily family, SessionSpec spec, ProgressMeter progress) => family.Plan.Model.SelfTraining switch
    {
        OrdinalTraining training => new OrdinalMembers(_device, family, training, spec, _options.Between, progress),
        ProcessTraining training => new ProcessMembers(_device, family, training, spec, _options.Between, progress),
        _ => new SessionMembers(_device, family, spec, family.Start is null ? _options.Between : BetweenRounds.Warm, progress)
        {
            IsScoredFirst = IsScoredFirst(family),
        },
    };

    /// <summary>What trains on the device side by side.</summary>
    private static IEnumerable<(Plan Plan, SessionSpec Spec)> SessionsOf(NetworkFamily family, SessionSpec spec)
    {
        if (family.Plan.IsTrained) yield return (family.Plan.Training, spec);
        if (family.Plan.Pretraining is { } pretraining) yield return (pretraining, SessionMembers.PretrainingOf(spec));
    }

    private SessionSpec Session(NetworkFamily family, IReadOnlyList<ReplicaSpec> replicas) => new()
    {
        Data = family.Data,
        Scaler = family.Scaler,
        Replicas = replicas,
        BatchSize = _options.BatchSize,
        LearningRate = family.LearningRate ?? _options.LearningRate,
        WeightDecay = _options.WeightDecay,
    };
}
