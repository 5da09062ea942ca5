using IadNative.Bench.Versus.Exchange;

namespace IadNative.Peers.Torch;

/// <summary>Epochs of training, one after the other.</summary>
internal sealed class TorchTraining(ProblemData data, TorchVariant variant) : IContestant
{
    private readonly TorchTrainer _trainer = new(data, variant);
    private int _epoch;

    public Introduction Introduce()
    {
        var losses = new List<double>();
        double sum = 0;
        _trainer.Reset(round: 0);
        _trainer.TrainEpoch(round: 0, _epoch++, (loss, samples) =>
        {
            losses.Add(loss);
            sum += loss * samples;
        });
        return new Introduction(variant.Name, [.. losses.Take(data.Problem.CheckedSteps)])
        {
            EpochLoss = sum / data.Problem.Rows,
        };
    }

    public Measurement Run(int count) => Measurement.Whole(count, epochs =>
    {
        for (int i = 0; i < epochs; i++) _trainer.TrainEpoch(round: 0, _epoch++ % data.Problem.Epochs);
    });
}
