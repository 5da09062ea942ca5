using System.Globalization;
using IadNative.Compute;

namespace IadNative.Networks;

/// <summary>
/// Writes the plan of a network and a loss: the encoder and, for a reconstruction, its mirrored decoder; a flow for a
/// likelihood.
/// </summary>
public static class PlanBuilder
{
    /// <summary>The plan of a network on <paramref name="features"/> inputs.</summary>
    /// <exception cref="ArgumentException">No feature, or more parameters than one block can hold.</exception>
    public static Plan Build(NetworkSpec network, int features, LossKind loss)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(features);
        return loss == LossKind.NegativeLogLikelihood ? FlowPlan.Build(network, features) : BuildMlp(network, features, loss);
    }

    private static Plan BuildMlp(NetworkSpec network, int features, LossKind loss)
    {
        var parameters = new TensorLayout();
        var statistics = new TensorLayout();
        List<DenseLayer> layers = Layers(network, features, loss == LossKind.Reconstruction, parameters, statistics);

        var input = new Activation("input", features);
        var activations = new List<Activation> { input };
        activations.AddRange(layers.Select(layer => new Activation(layer.Name, layer.Outputs)));
        List<Activation> gradients = [.. activations.Select(a => new Activation($"{a.Name}.gradient", a.Width))];
        Activation? target = loss == LossKind.Reconstruction ? input : null;

        List<PlanOperation> forward = [new GatherBatch(input)];
        List<PlanOperation> backward = [];
        for (int i = 0; i < layers.Count; i++)
        {
            forward.Add(new DenseForward(layers[i], activations[i], activations[i + 1]));
            backward.Insert(0, new DenseBackward(
                layers[i], activations[i], activations[i + 1], gradients[i + 1], i == 0 ? null : gradients[i]));
        }

        Activation output = activations[^1];
        List<PlanOperation> update = loss == LossKind.SoftBoundary ? [new AdamStep(), new RadiusUpdate()] : [new AdamStep()];
        return new Plan
        {
            Features = features,
            Loss = loss,
            Parameters = parameters,
            Statistics = statistics,
            Output = output,
            Step = [.. forward, new WeightedLoss(loss, output, target, gradients[^1]), .. backward, .. update],
            Scoring = [.. forward, new ScoreOutput(loss, output, target)],
        };
    }

    private static List<DenseLayer> Layers(
        NetworkSpec network, int features, bool withDecoder, TensorLayout parameters, TensorLayout statistics)
    {
        var layers = new List<DenseLayer>();
        int inputs = features;
        Append("encoder", [.. network.Widths]);
        if (withDecoder) Append("decoder", [.. network.Widths.Reverse().Skip(1), features]);
        return layers;

        // The last layer of each half, the code and the reconstruction, is plain.
        void Append(string half, int[] widths)
        {
            for (int i = 0; i < widths.Length; i++)
            {
                bool plain = i == widths.Length - 1;
                string name = string.Create(CultureInfo.InvariantCulture, $"{half}.{i}");
                layers.Add(Layer(name, layers.Count, inputs, widths[i], plain));
                inputs = widths[i];
            }
        }

        DenseLayer Layer(string name, int index, int fanIn, int outputs, bool plain)
        {
            TensorSlot weight = parameters.Add($"{name}.weight", outputs, fanIn, Initialization.UniformWeight, fanIn, index);
            TensorSlot? bias = network.Bias
                ? parameters.Add($"{name}.bias", outputs, 1, Initialization.UniformBias, fanIn, index)
                : null;
            BatchNorm? norm = plain || !network.BatchNorm ? null : Norm(name, index, outputs);
            return new DenseLayer(name, fanIn, outputs, weight, bias, norm, plain ? 1 : DenseLayer.LeakySlope);
        }

        BatchNorm Norm(string name, int index, int outputs) => new(
            statistics.Add($"{name}.running_mean", outputs, 1, Initialization.Zero, 0, index),
            statistics.Add($"{name}.running_variance", outputs, 1, Initialization.One, 0, index),
            network.Affine ? parameters.Add($"{name}.scale", outputs, 1, Initialization.One, 0, index) : null,
            network.Affine ? parameters.Add($"{name}.shift", outputs, 1, Initialization.Zero, 0, index) : null);
    }
}
