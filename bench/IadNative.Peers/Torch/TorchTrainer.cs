using IadNative.Bench.Versus.Exchange;
using static TorchSharp.torch;

namespace IadNative.Peers.Torch;

/// <summary>Trains the network of a problem. Data, weights and the samples of every batch are tensors beforehand.</summary>
internal sealed class TorchTrainer
{
    private readonly TorchParameters _parameters;
    private readonly TorchNetwork _network;
    private readonly Tensor _data, _weights;
    private readonly Tensor[][] _epochs;
    private readonly int _epochsPerRound;

    public TorchTrainer(ProblemData data, TorchVariant variant)
    {
        Problem problem = data.Problem;
        _parameters = variant.Flat ? new FlatParameters(data) : new StockParameters(data);
        _network = TorchNetwork.Of(data, _parameters, variant.ChannelsLast);
        _data = tensor(data.Data).view(problem.Rows, problem.Features);
        _weights = ones(problem.Rows);
        _epochsPerRound = problem.Epochs;
        _epochs = [.. Enumerable.Range(0, problem.Rounds * problem.Epochs).Select(epoch => data
            .Batches(epoch / problem.Epochs, epoch % problem.Epochs)
            .Select(rows => tensor(Array.ConvertAll(rows, row => (long)row))).ToArray())];
    }

    /// <summary>Everything as a round starts; the center is left to <see cref="PlaceCenter"/>.</summary>
    public void Reset(int round)
    {
        _parameters.Reset(round);
        _network.ResetStatistics();
    }

    public void PlaceCenter() => _network.PlaceCenter(_data);

    public void SetWeights(float[] weights)
    {
        using Tensor values = tensor(weights);
        _weights.copy_(values);
    }

    /// <summary>Trains an epoch.</summary>
    /// <param name="round">The round.</param>
    /// <param name="epoch">The epoch within it.</param>
    /// <param name="loss">Receives each batch's loss; null where nobody asks.</param>
    public void TrainEpoch(int round, int epoch, Action<double, int>? loss = null)
    {
        foreach (Tensor rows in _epochs[(round * _epochsPerRound) + epoch]) Step(rows, loss);
    }

    /// <summary>The scores of all rows.</summary>
    public float[] Score()
    {
        using (no_grad())
        {
            using var scope = NewDisposeScope();
            return _network.SampleLoss(_data, training: false).data<float>().ToArray();
        }
    }

    private void Step(Tensor rows, Action<double, int>? report)
    {
        using var scope = NewDisposeScope();
        int samples = (int)rows.shape[0];
        Tensor x = _data.index_select(0, rows), weights = _weights.index_select(0, rows);
        _parameters.ZeroGradient();
        Tensor loss = weights.dot(_network.SampleLoss(x, training: true)) / samples;
        loss.backward();
        _parameters.Step();
        report?.Invoke(loss.item<float>(), samples);
    }
}
