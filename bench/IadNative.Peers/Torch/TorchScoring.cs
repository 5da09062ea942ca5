using IadNative.Bench.Versus.Exchange;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace IadNative.Peers.Torch;

/// <summary>Scoring with TorchSharp: folded weights, inference mode, each block of rows a tensor over memory that is ours.</summary>
internal sealed class TorchScoring : IContestant
{
    private readonly Problem _problem;
    private readonly FoldedNetwork _network;
    private readonly ScoringInput _input;
    private readonly float[] _output;
    private readonly Tensor[] _rows;
    private readonly Tensor _scale, _shift;
    private readonly Dense[] _layers;
    private readonly Dense[][] _blocks;

    public TorchScoring(ProblemData data)
    {
        _problem = data.Problem;
        _network = new FoldedNetwork(data);
        _input = new ScoringInput(data);
        _output = new float[_problem.RowsPerCall];
        using IDisposable mode = inference_mode(true);
        Tensor all = frombuffer(_input.Memory, ScalarType.Float32).view(-1, _problem.Features);
        _rows = [.. Enumerable.Range(0, _input.Blocks)
            .Select(block => all.narrow(0, block * _problem.RowsPerCall, _problem.RowsPerCall))];
        _scale = tensor(_network.Scale);
        _shift = tensor(_network.Shift);
        _layers = [.. _network.Layers.Select(MakeDense)];
        _blocks = [.. _network.Blocks.Select(block => block.Select(MakeDense).ToArray())];
    }

    public Introduction Introduce() => new("TorchSharp, inference mode", ScoringCalls.AllScores(_problem, Score, _output));

    public Measurement Run(int count) => ScoringCalls.Measure(_problem, count, Score);

    private float Score(int call)
    {
        using IDisposable mode = inference_mode(true);
        using var scope = NewDisposeScope();
        Tensor x = _rows[_input.Take(call)];
        Tensor scores = _network.Loss == Loss.Likelihood ? Flow(x) : Chain(x);
        scores.data<float>().CopyTo(_output, 0);
        return _output[0];
    }

    private Tensor Chain(Tensor x)
    {
        Tensor output = _layers.Aggregate(x, Apply);
        return (_network.Loss == Loss.Reconstruction ? output.sub_(x * _scale) : output).square().sum(1);
    }

    private Tensor Flow(Tensor x)
    {
        Tensor? logDeterminant = null;
        foreach (Dense[] block in _blocks)
        {
            Tensor[] affine = block.Aggregate(x, Apply).chunk(2, 1);
            Tensor sum = affine[1].sum(1);
            logDeterminant = logDeterminant is null ? sum : logDeterminant.add_(sum);
            x = (x + affine[0]).mul_(affine[1].exp());
        }

        if (_network.Shift.Length > 0) x = x + _shift;
        return x.square().sum(1).sub_(logDeterminant!).add_(_network.Constant);
    }

    private static Tensor Apply(Tensor x, Dense dense)
    {
        Tensor product = linear(x, dense.Weight, dense.Bias);
        return dense.Slope switch
        {
            1 => product,
            0 => relu(product, inplace: true),
            _ => leaky_relu(product, dense.Slope, inplace: true),
        };
    }

    private static Dense MakeDense(FoldedLayer layer) =>
        new(tensor(layer.Weight).view(layer.Outputs, layer.Inputs), tensor(layer.Bias), layer.Slope);

    private sealed record Dense(Tensor Weight, Tensor Bias, float Slope);
}
