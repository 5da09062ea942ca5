using System.Globalization;
using IadNative.Compute;
using IadNative.Compute.Operations;

namespace IadNative.Networks;

/// <summary>
/// A masked autoregressive flow (Papamakarios et al., 2017): five MADE blocks onto a standard normal, with the order of the
/// features reversed in every other block through the degrees, and flow batch norm after each.
/// </summary>
internal static class FlowNetwork
{
    private const int Blocks = 5;

    /// <summary>The passes; the widths of <paramref name="network"/> are the hidden layers of each block.</summary>
    /// <param name="network">The shape.</param>
    /// <param name="features">d.</param>
    /// <param name="hiddenDegrees">The degrees of so many hidden units, each of 0 … d − 2.</param>
    /// <exception cref="ArgumentException">The network has convolutions.</exception>
    public static NetworkPasses Build(NetworkSpec network, int features, Func<int, int[]> hiddenDegrees)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(features);
        network.RequireLayers();
        if (network.Convolutions.Count > 0)
            throw new ArgumentException("A flow has no convolutions; give it the widths of its hidden layers, such as 32-32.");
        var parameters = new TensorLayout();
        var statistics = new TensorLayout();
        var input = new Activation("input", features);
        List<PlanOperation> forward = [new GatherBatch(input)];
        List<PlanOperation> backward = [];
        Activation x = input, xGradient = new("input.gradient", features);
        Activation? logDeterminant = null;
        for (int block = 0; block < Blocks; block++) AppendBlock(block);

        return new NetworkPasses
        {
            Parameters = parameters,
            Statistics = statistics,
            Input = input,
            Output = x,
            OutputGradient = xGradient,
            LogDeterminant = logDeterminant,
            Forward = forward,
            Backward = [.. backward, new MaskGradient()],
        };

        void AppendBlock(int block)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"block.{block}");
            List<DenseLayer> layers = MadeLayers(name, block, network, features, parameters, hiddenDegrees);
            var activations = new List<Activation> { x };
            activations.AddRange(layers.Select(layer => new Activation(layer.Name, layer.Outputs)));
            List<Activation> gradients = [xGradient, .. activations.Skip(1).Select(a => new Activation($"{a.Name}.gradient", a.Width))];
            var u = new Activation($"{name}.u", features);
            var uGradient = new Activation($"{name}.u.gradient", features);
            var after = new Activation($"{name}.log_determinant", 1);

            // Backward: the affine map first writes the direct part of the input's gradient, then the first layer adds to it.
            List<PlanOperation> back = [new AffineBackward(activations[^1], u, uGradient, gradients[^1], block == 0 ? null : xGradient)];
            for (int i = 0; i < layers.Count; i++)
            {
                forward.Add(new DenseForward(layers[i], activations[i], activations[i + 1]));
                back.Insert(1, new DenseBackward(
                    layers[i], activations[i], activations[i + 1], gradients[i + 1],
                    i > 0 ? gradients[i] : block == 0 ? null : xGradient, Accumulate: i == 0 && block > 0));
            }

            forward.Add(new AffineForward(x, activations[^1], u, logDeterminant, after));
            backward.InsertRange(0, back);
            (x, xGradient, logDeterminant) = (u, uGradient, after);
            if (network.BatchNorm) AppendNorm(name, block);
        }

        void AppendNorm(string name, int block)
        {
            var norm = new FlowNorm(
                parameters.Add($"{name}.norm.log_scale", features, 1, Initialization.Zero, 0, block),
                parameters.Add($"{name}.norm.shift", features, 1, Initialization.Zero, 0, block),
                statistics.Add($"{name}.norm.running_mean", features, 1, Initialization.Zero, 0, block),
                statistics.Add($"{name}.norm.running_variance", features, 1, Initialization.One, 0, block));
            var y = new Activation($"{name}.norm", features);
            var yGradient = new Activation($"{name}.norm.gradient", features);
            var after = new Activation($"{name}.norm.log_determinant", 1);
            forward.Add(new FlowNormForward(norm, x, y, logDeterminant!, after));
            backward.Insert(0, new FlowNormBackward(norm, yGradient, xGradient));
            (x, xGradient, logDeterminant) = (y, yGradient, after);
        }
    }

    private static List<DenseLayer> MadeLayers(
        string name, int block, NetworkSpec network, int features, TensorLayout parameters, Func<int, int[]> hiddenDegrees)
    {
        int[] inputs = [.. Enumerable.Range(0, features)];
        if (block % 2 == 1) Array.Reverse(inputs);
        int[] degrees = inputs;
        var layers = new List<DenseLayer>();
        foreach (int width in network.Widths) Append("hidden", hiddenDegrees(width), strict: false, slope: 0);
        Append("affine", [.. inputs, .. inputs], strict: true, slope: 1);
        return layers;

        void Append(string kind, int[] outputs, bool strict, float slope)
        {
            int layer = (block * (network.Widths.Count + 1)) + layers.Count;
            string full = string.Create(CultureInfo.InvariantCulture, $"{name}.{kind}{(kind == "hidden" ? $".{layers.Count}" : "")}");
            var mask = new DegreeMask(degrees, outputs, strict);
            TensorSlot weight = parameters.Add(
                $"{full}.weight", outputs.Length, degrees.Length, Initialization.UniformWeight, degrees.Length, layer, mask);
            TensorSlot bias = parameters.Add($"{full}.bias", outputs.Length, 1, Initialization.UniformBias, degrees.Length, layer);
            layers.Add(new DenseLayer(full, degrees.Length, outputs.Length, weight, bias, null, slope));
            degrees = outputs;
        }
    }
}
