using IadNative.Compute;
using IadNative.Compute.Cpu;
using IadNative.Compute.Operations;
using IadNative.Models;

namespace IadNative.Iad.Members;

/// <summary>
/// Networks whose codes a Gaussian process learns from: the autoencoder trains once, on the device; every round then fits the process on
/// the host, in float64, to the codes of the rows that get a label. What is kept and scored is the encoder with the process behind it, on
/// the host as well.
/// </summary>
internal sealed class ProcessMembers : SessionMembers
{
    private readonly ProcessTraining _training;
    private readonly SessionSpec _spec;
    private readonly KernelRegression _regression;
    private readonly ThreadTeam _team;
    private readonly KernelRegressionFit _fit;
    private readonly float[]?[] _codes;

    /// <summary>Creates the sessions.</summary>
    /// <param name="device">Where they train.</param>
    /// <param name="family">What they are.</param>
    /// <param name="training">Which rows get a label.</param>
    /// <param name="spec">The session of training, with all replicas of all runs.</param>
    /// <param name="between">What a network starts from when a round begins.</param>
    /// <param name="progress">Told of every epoch.</param>
    /// <exception cref="DeviceFailedException">The device has not enough memory, or stopped working.</exception>
    public ProcessMembers(
        IDevice device, NetworkFamily family, ProcessTraining training, SessionSpec spec, BetweenRounds between, ProgressMeter progress)
        : this(device, device as CpuDevice ?? new CpuDevice(), family, training, spec, between, progress)
    {
    }

    private ProcessMembers(
        IDevice device, CpuDevice host, NetworkFamily family, ProcessTraining training, SessionSpec spec, BetweenRounds between,
        ProgressMeter progress)
        : base(host, device, family, spec, between, progress)
    {
        (_training, _spec) = (training, spec);
        _regression = family.Plan.Training.Scoring.OfType<KernelRegression>().Single();
        _team = new ThreadTeam(host.Threads);
        _fit = new KernelRegressionFit(_team, _regression.Points.Rows);
        _codes = new float[]?[spec.Replicas.Count];
    }

    public override bool AreScoredUntrained => false;

    public override void Begin(int round)
    {
        if (round == 0) base.Begin(round);
    }

    public override void Train(int round, CancellationToken cancellationToken)
    {
        var state = new ReplicaState(Family.Plan.Training);
        float[] scores = new float[_spec.Samples];
        ISession scored = round == 0 ? Pretraining! : Session;
        scored.Score();
        foreach (int index in Active)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ReplicaSpec replica = _spec.Replicas[index];
            scored.ReadScores(index, scores);
            Session.Export(index, state);
            float[] codes = _codes[index] ??= Codes(replica, state);
            double[] ranked = round == 0 ? Distances(replica, codes, scores) : [.. replica.Rows.Select(row => (double)scores[row])];
            Fit(LabelledRows.Choose(
                round == 0 ? _training.Initial : _training.Later, replica, ranked, round, ProcessTraining.MostPoints), codes, state);
            Session.Import(index, state);
        }
    }

    public override double Loss(int run, int member) => Pretraining!.Outcome(ReplicaOf(run, member)).Loss;

    public override void Dispose()
    {
        _team.Dispose();
        base.Dispose();
    }

    /// <summary>The codes of all n rows, n × c.</summary>
    private float[] Codes(ReplicaSpec replica, ReplicaState state)
    {
        CpuScorer scorer = CpuScorer.Create(Family.Plan.Training);
        FoldedNetwork network = scorer.CreateNetwork(_spec.ViewOf(replica));
        network.Fold(state.Parameters, state.Statistics, state.State);
        int width = _regression.Input.Width;
        float[] codes = new float[_spec.Samples * width];
        for (int start = 0, count; start < _spec.Samples; start += count)
        {
            count = Math.Min(_spec.Samples - start, _spec.RowsAtOnce);
            scorer.Outputs(network, _spec.RowsFrom(start, count), codes.AsSpan(start * width, count * width));
        }

        return codes;
    }

    /// <summary>D: the squared distance of each of a replica's rows, as its code and half its reconstruction error, from their mean.</summary>
    private double[] Distances(ReplicaSpec replica, float[] codes, float[] errors)
    {
        int width = _regression.Input.Width;
        double[] distances = new double[replica.Rows.Length];
        for (int j = 0; j <= width; j++)
        {
            double mean = replica.Rows.Average(row => Coordinate(row, j));
            for (int i = 0; i < distances.Length; i++)
            {
                double difference = Coordinate(replica.Rows[i], j) - mean;
                distances[i] += difference * difference;
            }
        }

        return distances;

        double Coordinate(int row, int j) => j < width ? codes[(row * width) + j] : 0.5 * errors[row];
    }

    /// <summary>Fits the process; points that it has more of than rows count nothing.</summary>
    private void Fit(LabelledRows labelled, float[] codes, ReplicaState state)
    {
        (int[] rows, int normal) = labelled;
        int width = _regression.Input.Width;
        float[] points = new float[rows.Length * width];
        double[] coefficients = new double[rows.Length];
        for (int i = 0; i < rows.Length; i++)
        {
            codes.AsSpan(rows[i] * width, width).CopyTo(points.AsSpan(i * width));
            coefficients[i] = i < normal ? LabelledRows.NormalTarget : LabelledRows.AnomalousTarget;
        }

        _fit.Run(points, width, coefficients);
        state.State.AsSpan().Clear();
        points.CopyTo(state.State, _regression.Points.Offset);
        for (int i = 0; i < rows.Length; i++) state.State[_regression.Coefficients.Offset + i] = (float)coefficients[i];
    }
}
