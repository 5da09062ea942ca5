using IadNative.Compute;
using IadNative.Models;

namespace IadNative.Iad.Members;

/// <summary>
/// Networks that learn labels which the scores of the round before give some of the rows. Each round is a session of its own on these
/// rows, whose importance weights are the labels. Before the first, scores are those of the pretrained networks.
/// </summary>
internal sealed class OrdinalMembers : SessionMembers
{
    private readonly IDevice _device;
    private readonly OrdinalTraining _training;
    private readonly SessionSpec _spec;
    private bool _hasTrained;

    /// <summary>Creates the sessions.</summary>
    /// <param name="device">Where they train.</param>
    /// <param name="family">What they are.</param>
    /// <param name="training">Which labels.</param>
    /// <param name="spec">The session of training, with all replicas of all runs.</param>
    /// <param name="between">What a network starts from when a round begins.</param>
    /// <param name="progress">Told of every epoch.</param>
    /// <exception cref="DeviceFailedException">The device has not enough memory, or stopped working.</exception>
    public OrdinalMembers(
        IDevice device, NetworkFamily family, OrdinalTraining training, SessionSpec spec, BetweenRounds between, ProgressMeter progress)
        : base(device, family, spec, between, progress) => (_device, _training, _spec) = (device, training, spec);

    private protected override ISession Scored => _hasTrained ? Session : Pretraining!;

    public override void Begin(int round)
    {
        LabelledRows?[] labelled = Label(round);
        int[] any = labelled.First(rows => rows is not null)!.Value.Rows; // for frozen ones, which nobody looks at again
        ISession next = _device.CreateSession(
            Family.Plan.Training,
            _spec with { Replicas = [.. _spec.Replicas.Select((replica, index) => replica with { Rows = labelled[index]?.Rows ?? any })] });
        try
        {
            Start(next, round, labelled);
        }
        catch
        {
            next.Dispose();
            throw;
        }

        Session.Dispose();
        Session = next;
    }

    public override void Train(int round, CancellationToken cancellationToken)
    {
        base.Train(round, cancellationToken);
        _hasTrained = true;
    }

    private LabelledRows?[] Label(int round)
    {
        var labelled = new LabelledRows?[_spec.Replicas.Count];
        float[] scores = new float[_spec.Samples];
        Scored.Score(); // a committee's scores are not kept
        foreach (int index in Active)
        {
            Scored.ReadScores(index, scores);
            ReplicaSpec replica = _spec.Replicas[index];
            labelled[index] = LabelledRows.Choose(_training.Labels, replica, [.. replica.Rows.Select(row => (double)scores[row])], round);
        }

        return labelled;
    }

    private void Start(ISession next, int round, LabelledRows?[] labelled)
    {
        for (int index = 0; index < labelled.Length; index++)
        {
            if (labelled[index] is null) next.Deactivate(index);
        }

        if (round == 0 || Between != BetweenRounds.Warm) next.Initialize(IsFresh(round) ? round : 0);
        float[] targets = new float[_spec.Samples];
        var state = new ReplicaState(Family.Plan.Training);
        foreach (int index in Active)
        {
            if (round > 0 && Between == BetweenRounds.Warm)
            {
                Session.Export(index, state);
                next.Import(index, state);
            }

            (int[] rows, int normal) = labelled[index]!.Value;
            for (int i = 0; i < rows.Length; i++) targets[rows[i]] = i < normal ? LabelledRows.NormalTarget : LabelledRows.AnomalousTarget;
            next.SetImportanceWeights(index, targets);
        }
    }
}
