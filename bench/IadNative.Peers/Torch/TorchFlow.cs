using IadNative.Bench.Versus.Exchange;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace IadNative.Peers.Torch;

/// <summary>A masked autoregressive flow: MADE blocks and, if asked for, batch norm behind each.</summary>
internal sealed class TorchFlow : TorchNetwork
{
    private readonly TorchParameters _parameters;
    private readonly double _constant;
    private readonly Step[] _steps;

    public TorchFlow(ProblemData data, TorchParameters parameters)
        : base(data)
    {
        _parameters = parameters;
        _constant = 0.5 * data.Problem.Features * Math.Log(2 * Math.PI);
        _steps = [.. data.Problem.Blocks.Select(block => new Step(
            [.. block.Layers.Select(layer => new Dense(
                layer.Weight,
                parameters.Add(layer.Weight, [layer.Weight.Rows, layer.Weight.Columns]),
                parameters.Add(layer.Bias!, [layer.Bias!.Length])))],
            block.Norm is not { } norm
                ? null
                : new Norm(
                    parameters.Add(norm.LogScale, [norm.LogScale.Length]), parameters.Add(norm.Shift, [norm.Shift.Length]),
                    Statistic(norm.Mean), Statistic(norm.Variance))))];
    }

    public override Tensor SampleLoss(Tensor x, bool training)
    {
        Tensor? logDeterminant = null;
        foreach (Step step in _steps)
        {
            Tensor hidden = x;
            foreach (Dense dense in step.Layers.AsSpan()[..^1]) hidden = relu(Linear(hidden, dense), inplace: true);
            Tensor[] affine = Linear(hidden, step.Layers[^1]).chunk(2, 1);
            Tensor negative = affine[1].neg();
            x = (x - affine[0]) * negative.exp();
            Tensor sum = negative.sum(1);
            logDeterminant = logDeterminant is null ? sum : logDeterminant + sum;
            if (step.Norm is null) continue;
            (x, Tensor constant) = Normalize(step.Norm, x, training);
            logDeterminant += constant;
        }

        return (x.square().sum(1) * 0.5) - logDeterminant! + _constant;
    }

    private static (Tensor Output, Tensor LogDeterminant) Normalize(Norm norm, Tensor x, bool training)
    {
        (Tensor variance, Tensor mean) = training ? var_mean(x, 0L, unbiased: true) : (norm.Variance, norm.Mean);
        if (training)
        {
            using (no_grad())
            {
                norm.Mean.mul_(1 - Problem.FlowNormMomentum).add_(mean, Problem.FlowNormMomentum);
                norm.Variance.mul_(1 - Problem.FlowNormMomentum).add_(variance, Problem.FlowNormMomentum);
            }
        }

        Tensor logScale = norm.LogScale - ((variance + Problem.FlowNormEpsilon).log() * 0.5);
        return (addcmul(norm.Shift, x - mean, logScale.exp(), 1), logScale.sum());
    }

    private Tensor Linear(Tensor x, Dense dense) => linear(x, _parameters.Masked(dense.Slot, dense.Weight), dense.Bias);

    private sealed record Dense(Slot Slot, Tensor Weight, Tensor Bias);

    private sealed record Norm(Tensor LogScale, Tensor Shift, Tensor Mean, Tensor Variance);

    private sealed record Step(Dense[] Layers, Norm? Norm);
}
