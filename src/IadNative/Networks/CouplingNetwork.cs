using System.Globalization;
using IadNative.Compute;
using IadNative.Compute.Operations;

namespace IadNative.Networks;

/// <summary>
/// A flow of additive couplings (Dinh et al., 2015), which keeps volumes: each adds to some features what a network makes of the others,
/// x ← x + (1 − m) ⊙ N(m ⊙ x), where coupling c keeps the features j with j mod 2 = c mod 2 (m). The masks are those of the weights of
/// N's first layer and of weights and biases of its last. N has biases, leaky ReLUs of slope 0.1 and no batch norm.
/// </summary>
internal static class CouplingNetwork
{
    private const int Couplings = 4;
    private const float Slope = 0.1f;

    /// <summary>The passes; the widths of <paramref name="network"/> are the hidden layers of each coupling.</summary>
    /// <param name="network">The shape.</param>
    /// <param name="features">d.</param>
    /// <exception cref="ArgumentException">The network has convolutions.</exception>
    public static NetworkPasses Build(NetworkSpec network, int features)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(features);
        network.RequireLayers();
        if (network.Convolutions.Count > 0)
            throw new ArgumentException("A flow has no convolutions; give it the widths of its hidden layers, such as 16-16-16.");
        var parameters = new TensorLayout();
        Activation input = new("input", features), gradient = new("output.gradient", features), x = input;
        List<PlanOperation> forward = [new GatherBatch(input)];
        List<PlanOperation> backward = [];
        for (int coupling = 0; coupling < Couplings; coupling++) x = Append(coupling);
        return new NetworkPasses
        {
            Parameters = parameters,
            Statistics = new TensorLayout(),
            Input = input,
            Output = x,
            OutputGradient = gradient,
            Forward = forward,
            Backward = [.. backward, new MaskGradient()],
        };

        Activation Append(int coupling)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"coupling.{coupling}");
            List<DenseLayer> layers = Layers(name, coupling, network, features, parameters);
            Activation[] values = [x, .. layers.Select(layer => new Activation(layer.Name, layer.Outputs))];
            Activation[] gradients = [gradient, .. values.Skip(1).Select(value => new Activation($"{value.Name}.gradient", value.Width))];

            // There is one gradient of features for all couplings: each adds to it what runs through its branch. The first coupling
            // has no use for the gradient of the data, so that its branch may use it up.
            bool isFirst = coupling == 0;
            if (isFirst) gradients[^1] = gradient;
            List<PlanOperation> back = isFirst ? [] : [new ResidualBackward(gradient, gradients[^1])];
            for (int i = layers.Count - 1; i >= 0; i--)
            {
                Activation? inputGradient = isFirst && i == 0 ? null : gradients[i];
                back.Add(new DenseBackward(
                    layers[i], values[i], values[i + 1], gradients[i + 1], inputGradient, Accumulate: i == 0 && !isFirst));
            }

            for (int i = 0; i < layers.Count; i++) forward.Add(new DenseForward(layers[i], values[i], values[i + 1]));
            var y = new Activation($"{name}.output", features);
            forward.Add(new ResidualForward(x, values[^1], y));
            backward.InsertRange(0, back);
            return y;
        }
    }

    private static List<DenseLayer> Layers(string name, int coupling, NetworkSpec network, int features, TensorLayout parameters)
    {
        int[] isChanged = [.. Enumerable.Range(0, features).Select(j => j % 2 == coupling % 2 ? 0 : 1)];
        int[] widths = [features, .. network.Widths, features];
        var layers = new List<DenseLayer>();
        for (int i = 0; i + 1 < widths.Length; i++)
        {
            (int inputs, int outputs) = (widths[i], widths[i + 1]);
            bool isLast = i + 2 == widths.Length;
            string full = string.Create(CultureInfo.InvariantCulture, $"{name}.{(isLast ? "shift" : $"hidden.{i}")}");

            // A hidden unit of degree 0 sees what is kept; only what is changed, of degree 1, sees a hidden unit of degree 1.
            DegreeMask? mask = i == 0 ? new DegreeMask(isChanged, new int[outputs], Strict: false)
                : isLast ? new DegreeMask(Ones(inputs), isChanged, Strict: false)
                : null;
            int layer = (coupling * (widths.Length - 1)) + i;
            TensorSlot weight = parameters.Add($"{full}.weight", outputs, inputs, Initialization.UniformWeight, inputs, layer, mask);
            TensorSlot bias = parameters.Add(
                $"{full}.bias", outputs, 1, Initialization.UniformBias, inputs, layer,
                isLast ? new DegreeMask(Ones(1), isChanged, Strict: false) : null);
            layers.Add(new DenseLayer(full, inputs, outputs, weight, bias, null, isLast ? 1 : Slope));
        }

        return layers;
    }

    private static int[] Ones(int count) => [.. Enumerable.Repeat(1, count)];
}
