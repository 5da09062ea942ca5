using System.Globalization;
using IadNative.Compute;
using IadNative.Compute.Operations;
using IadNative.Data;

namespace IadNative.Networks;

/// <summary>
/// Layers one behind the other, with their parameters, activations and gradients: the input of a layer is the output of the one
/// before. Images are flattened by how they lie, so a dense layer follows a convolution directly.
/// </summary>
internal sealed class LayerChain
{
    private readonly NetworkSpec _network;
    private readonly TensorLayout _parameters = new(), _statistics = new();
    private readonly Activation _input;
    private readonly List<PlanOperation> _forward, _backward = [];
    private Activation _output;
    private Activation? _gradient;
    private int _layers;

    /// <summary>A chain without layers.</summary>
    public LayerChain(NetworkSpec network, int features)
    {
        _network = network;
        _input = _output = new Activation("input", features);
        _forward = [new GatherBatch(_input)];
    }

    /// <summary>Numbers per sample behind the last layer.</summary>
    public int Width => _output.Width;

    /// <summary>Appends a dense layer; a plain one has neither batch norm nor ReLU.</summary>
    public void AddDense(string half, int index, int outputs, bool plain)
    {
        string name = Name(half, index);
        int fanIn = Width;
        TensorSlot weight = _parameters.Add($"{name}.weight", outputs, fanIn, Initialization.UniformWeight, fanIn, _layers);
        AddDense(new DenseLayer(name, fanIn, outputs, weight, Bias(name, outputs, fanIn), Norm(name, outputs, plain), Slope(plain)));
    }

    /// <summary>Appends a plain dense layer that has biases whatever the network says.</summary>
    public void AddOutput(string name, int outputs)
    {
        int fanIn = Width;
        TensorSlot weight = _parameters.Add($"{name}.weight", outputs, fanIn, Initialization.UniformWeight, fanIn, _layers);
        TensorSlot bias = _parameters.Add($"{name}.bias", outputs, 1, Initialization.UniformBias, fanIn, _layers);
        AddDense(new DenseLayer(name, fanIn, outputs, weight, bias, null, 1));
    }

    /// <summary>Appends a linear layer without bias that starts from standard normal weights.</summary>
    /// <returns>Its weight.</returns>
    public TensorSlot AddProjection(string name, int outputs)
    {
        TensorSlot weight = _parameters.Add($"{name}.weight", outputs, Width, Initialization.Normal, Width, _layers);
        AddDense(new DenseLayer(name, Width, outputs, weight, null, null, 1));
        return weight;
    }

    /// <summary>Brings what comes out of the layer before to the unit sphere.</summary>
    public void AddRowNormalization(string name) => Append(
        name, Width, (x, y) => new RowNormalizeForward(x, y), (x, y, dy, dx) => new RowNormalizeBackward(x, y, dy, dx!));

    /// <summary>Brings what comes out of the layer before between 0 and 1.</summary>
    public void AddSigmoid(string name) => Append(
        name, Width, (x, y) => new SigmoidForward(x, y), (_, y, dy, dx) => new SigmoidBackward(y, dy, dx!));

    /// <summary>Appends a convolution; a plain one has neither batch norm nor ReLU.</summary>
    public void AddConvolution(
        string half, int index, int inputChannels, int outputChannels, ImageShape size, bool upsample, bool pool, bool plain)
    {
        int most = Math.Max(inputChannels, outputChannels);
        if ((long)most * size.Pixels > Array.MaxLength)
            throw new ArgumentException($"{most} channels of {size} are too many numbers; give the network fewer channels.");
        string name = Name(half, index);
        int fanIn = inputChannels * ConvLayer.Taps;
        TensorSlot weight =
            _parameters.Add($"{name}.weight", outputChannels, fanIn, Initialization.UniformWeight, fanIn, _layers);
        var layer = new ConvLayer(
            name, inputChannels, outputChannels, size, upsample, pool, weight, Bias(name, outputChannels, fanIn),
            Norm(name, outputChannels, plain), Slope(plain));
        Append(
            name, layer.Outputs, (x, y) => new ConvForward(layer, x, y),
            (x, y, dy, dx) => new ConvBackward(layer, x, y, dy, dx));
    }

    /// <summary>The passes of the chain so far, which has a layer or more.</summary>
    public NetworkPasses ToPasses() => new()
    {
        Parameters = _parameters,
        Statistics = _statistics,
        Input = _input,
        Output = _output,
        OutputGradient = _gradient!,
        Forward = [.. _forward],
        Backward = [.. _backward],
    };

    private static string Name(string half, int index) => string.Create(CultureInfo.InvariantCulture, $"{half}.{index}");

    private static float Slope(bool plain) => plain ? 1 : DenseLayer.LeakySlope;

    private void AddDense(DenseLayer layer) => Append(
        layer.Name, layer.Outputs, (x, y) => new DenseForward(layer, x, y), (x, y, dy, dx) => new DenseBackward(layer, x, y, dy, dx));

    private TensorSlot? Bias(string name, int outputs, int fanIn) =>
        _network.Bias ? _parameters.Add($"{name}.bias", outputs, 1, Initialization.UniformBias, fanIn, _layers) : null;

    private BatchNorm? Norm(string name, int outputs, bool plain) => plain || !_network.BatchNorm ? null : new BatchNorm(
        _statistics.Add($"{name}.running_mean", outputs, 1, Initialization.Zero, 0, _layers),
        _statistics.Add($"{name}.running_variance", outputs, 1, Initialization.One, 0, _layers),
        _network.Affine ? _parameters.Add($"{name}.scale", outputs, 1, Initialization.One, 0, _layers) : null,
        _network.Affine ? _parameters.Add($"{name}.shift", outputs, 1, Initialization.Zero, 0, _layers) : null);

    // Nobody asks for the gradient of the data.
    private void Append(
        string name, int outputs, Func<Activation, Activation, PlanOperation> forward,
        Func<Activation, Activation, Activation, Activation?, PlanOperation> backward)
    {
        var output = new Activation(name, outputs);
        var gradient = new Activation($"{name}.gradient", outputs);
        _forward.Add(forward(_output, output));
        _backward.Insert(0, backward(_output, output, gradient, _gradient));
        (_output, _gradient) = (output, gradient);
        _layers++;
    }
}
