using IadNative.Bench.Versus.Exchange;
using IadNative.Detectors;

namespace IadNative.Bench.Versus;

/// <summary>
/// The whole of Algorithm 1 as a user calls it, with its reports and its final detector; the others do the algorithm alone, from
/// the same initial weights and shuffles in each round.
/// </summary>
internal sealed class JobWork(Network network, FitOptions options, int threads) : OurWork(threads)
{
    private FitOptions Options => options with { Threads = Threads };

    private int Rounds => options.Training.Rounds + 1;

    private int Epochs => options.Training.Epochs!.Value;

    public override string Unit => "s";

    public override double UnitSeconds => 1;

    public override double Operations => Arithmetic.PerSample(network.Plan.Step) * network.Data.Rows * Rounds * Epochs;

    public override Introduction Introduce()
    {
        FitResult result = AnomalyDetector.Fit(network.Data, Options);
        return new Introduction("IadNative", network.FirstLosses(CheckedSteps))
        {
            RoundLosses = [.. result.Runs[0].Rounds.Select(round => round.Loss)],
        };
    }

    public override Measurement Run(int count) => Measurement.Whole(count, jobs =>
    {
        for (int i = 0; i < jobs; i++) AnomalyDetector.Fit(network.Data, Options);
    });

    public override double ValueOf(Measurement measurement, int count) => measurement.Seconds / count;

    protected override Problem WriteArrays(string folder)
    {
        TrainingProblem.Write(folder, network, Rounds, Epochs);
        return PlanDescription.Of(network.Plan, WorkKind.Job, network.Data.Rows, Threads) with
        {
            LearningRate = network.LearningRate,
            Batches = network.Batches(),
            Epochs = Epochs,
            Rounds = Rounds,
            InverseTau = options.Training.InverseTau,
            CheckedSteps = CheckedSteps,
        };
    }
}
