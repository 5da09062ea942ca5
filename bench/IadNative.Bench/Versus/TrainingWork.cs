using IadNative.Bench.Versus.Exchange;
using IadNative.Compute;

namespace IadNative.Bench.Versus;

/// <summary>Training steps, whole epochs of them; the shuffle of each epoch is part of ours and given to the others.</summary>
internal sealed class TrainingWork : OurWork
{
    private const int EpochsOfOrder = 4;

    private readonly Network _network;
    private readonly ISession _session;
    private readonly int _steps;
    private int _epoch;

    public TrainingWork(Network network, int threads)
        : base(threads)
    {
        _network = network;
        _session = network.CreateSession(threads);
        _steps = network.Batches().Length;
        _session.Import(0, network.Start(round: 0));
    }

    public override string Unit => "us per step";

    public override double UnitSeconds => 1e-6;

    public override double Operations => Arithmetic.PerSample(_network.Plan.Step) * _network.Data.Rows / _steps;

    /// <summary>The first epoch is that of the session that <see cref="Run"/> goes on with.</summary>
    public override Introduction Introduce()
    {
        Train(1);
        return new Introduction("IadNative", _network.FirstLosses(CheckedSteps)) { EpochLoss = _session.Outcome(0).Loss };
    }

    public override Measurement Run(int count) => Measurement.Whole(count, Train);

    public override double ValueOf(Measurement measurement, int count) => measurement.Seconds / UnitSeconds / count / _steps;

    private void Train(int epochs)
    {
        _session.Train(new EpochRange(Round: 0, _epoch, epochs), null, CancellationToken.None);
        _epoch = (_epoch + epochs) % 32_768;
    }

    protected override Problem WriteArrays(string folder)
    {
        TrainingProblem.Write(folder, _network, rounds: 1, EpochsOfOrder);
        return PlanDescription.Of(_network.Plan, WorkKind.Training, _network.Data.Rows, Threads) with
        {
            LearningRate = _network.LearningRate,
            Batches = _network.Batches(),
            Epochs = EpochsOfOrder,
            CheckedSteps = CheckedSteps,
        };
    }
}
