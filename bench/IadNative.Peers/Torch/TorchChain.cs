using IadNative.Bench.Versus.Exchange;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace IadNative.Peers.Torch;

/// <summary>Encoders and autoencoders: dense layers and convolutions one behind the other.</summary>
internal sealed class TorchChain : TorchNetwork
{
    private const int Side = 5;
    private const double LeastComponent = 0.1;

    private readonly Loss _loss;
    private readonly Step[] _steps;
    private readonly bool _channelsLast;
    private readonly Tensor _center;

    public TorchChain(ProblemData data, TorchParameters parameters, bool channelsLast)
        : base(data)
    {
        _loss = data.Problem.Loss;
        _channelsLast = channelsLast;
        _center = tensor(data.Center);
        _steps = [.. data.Problem.Layers.Select(layer => new Step(
            layer,
            layer.Image is { } image
                ? parameters.Add(layer.Weight, [image.Outputs, image.Inputs, Side, Side], channelsLast)
                : parameters.Add(layer.Weight, [layer.Weight.Rows, layer.Weight.Columns]),
            layer.Bias is null ? null : parameters.Add(layer.Bias, [layer.Bias.Length]),
            layer.Norm is null ? null : Statistic(layer.Norm.Mean),
            layer.Norm is null ? null : Statistic(layer.Norm.Variance)))];
    }

    public override Tensor SampleLoss(Tensor x, bool training)
    {
        Tensor difference = Output(x, training) - (_loss == Loss.OneClass ? _center : x);
        return difference.square().sum(1);
    }

    public override void PlaceCenter(Tensor rows)
    {
        if (_loss != Loss.OneClass) return;
        using (no_grad())
        {
            using var scope = NewDisposeScope();
            Tensor mean = Output(rows, training: false).mean([0]);
            Tensor away = where(mean < 0, tensor(-(float)LeastComponent), tensor((float)LeastComponent));
            _center.copy_(where(mean.abs() < LeastComponent, away, mean));
        }
    }

    private Tensor Output(Tensor x, bool training)
    {
        foreach (Step step in _steps)
        {
            Layer layer = step.Layer;
            x = layer.Image is { } image
                ? conv2d(AsImages(x, image), step.Weight, step.Bias, padding: [Side / 2, Side / 2])
                : linear(x.dim() == 4 ? x.flatten(1) : x, step.Weight, step.Bias);
            if (layer.Norm is not null)
                x = batch_norm(x, step.Mean!, step.Variance!, null, null, training, Problem.NormMomentum, Problem.NormEpsilon);

            // The ReLU never decreases, so that pooling may come first and leave it a quarter of the work.
            if (layer.Image is { Pool: true }) x = max_pool2d(x, 2);
            if (layer.Slope != 1) x = leaky_relu(x, layer.Slope, inplace: true);
        }

        return x.dim() == 4 ? x.flatten(1) : x;
    }

    private Tensor AsImages(Tensor x, ImageLayer image)
    {
        int shrink = image.Upsample ? 2 : 1;
        if (x.dim() == 2)
        {
            long height = image.Height / shrink, width = image.Width / shrink;
            x = _channelsLast && image.Inputs == 1
                ? x.view(-1, height, width, 1).permute(0, 3, 1, 2)
                : x.view(-1, image.Inputs, height, width);
        }

        return image.Upsample ? upsample_nearest2d(x, [image.Height, image.Width], null) : x;
    }

    private sealed record Step(Layer Layer, Tensor Weight, Tensor? Bias, Tensor? Mean, Tensor? Variance);
}
