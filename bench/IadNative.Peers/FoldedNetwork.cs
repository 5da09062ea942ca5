using IadNative.Bench.Versus.Exchange;

namespace IadNative.Peers;

/// <summary>A linear layer and the ReLU behind it: outputs × inputs weights, and a bias for each output.</summary>
internal sealed record FoldedLayer(float[] Weight, float[] Bias, float Slope)
{
    public int Outputs => Bias.Length;

    public int Inputs => Weight.Length / Bias.Length;
}

/// <summary>
/// A network of raw features with all that is constant in scoring folded into its weights: the standardisation (x − o)·s, batch
/// norm and the center of Deep SVDD. An autoencoder's output is to be compared with x·s alone. The last layer of a flow's block
/// gives −m and −a, so that u = (x − m)·exp(−a) takes an addition, an exponential and a product; batch norm of flows disappears
/// in these and in the next block, and the half of ½‖u‖² in the last.
/// </summary>
internal sealed class FoldedNetwork
{
    private readonly float[] _offset;

    public FoldedNetwork(ProblemData data)
    {
        Loss = data.Problem.Loss;
        Features = data.Problem.Features;
        (_offset, Scale) = (data.Offset, data.Scale);
        Blocks = [.. data.Problem.Blocks.Select(block => FoldBlock(block, data))];
        Layers = [.. data.Problem.Layers.Select(layer => Fold(layer, data))];
        if (Loss == Loss.Likelihood)
        {
            FoldScalerIntoFlow();
            FoldHalf();
            return;
        }

        FoldScaler(Layers[0]);
        for (int i = 0; i < data.Center.Length; i++) Layers[^1].Bias[i] -= data.Center[i];
        for (int i = 0; i < Features && Loss == Loss.Reconstruction; i++) Layers[^1].Bias[i] += _offset[i] * Scale[i];
    }

    public Loss Loss { get; }

    public int Features { get; }

    /// <summary>What an autoencoder's input is multiplied by before it is compared.</summary>
    public float[] Scale { get; }

    /// <summary>Layers of an encoder or autoencoder.</summary>
    public IReadOnlyList<FoldedLayer> Layers { get; }

    /// <summary>Layers of each block of a flow.</summary>
    public IReadOnlyList<FoldedLayer[]> Blocks { get; }

    /// <summary>What the last batch norm of a flow adds to its output.</summary>
    public float[] Shift { get; private set; } = [];

    /// <summary>A flow's score is ‖u‖² of the output with its shift, plus this, minus the sum of all −a.</summary>
    public double Constant { get; private set; }

    private static FoldedLayer Fold(Layer layer, ProblemData data)
    {
        ReadOnlySpan<float> parameters = data.InitialParameters(0);
        float[] weight = [.. parameters.Slice(layer.Weight.Offset, layer.Weight.Length)];
        float[] bias = new float[layer.Weight.Rows];
        if (layer.Bias is not null) parameters.Slice(layer.Bias.Offset, layer.Bias.Length).CopyTo(bias);
        for (int o = 0; o < bias.Length && layer.Norm is not null; o++)
        {
            double scale = 1 / Math.Sqrt(data.Statistics[layer.Norm.Variance.Offset + o] + (double)Problem.NormEpsilon);
            bias[o] = (float)(scale * (bias[o] - data.Statistics[layer.Norm.Mean.Offset + o]));
            for (int i = 0; i < layer.Weight.Columns; i++)
                weight[(o * layer.Weight.Columns) + i] = (float)(scale * weight[(o * layer.Weight.Columns) + i]);
        }

        return new FoldedLayer(weight, bias, layer.Slope);
    }

    private FoldedLayer[] FoldBlock(Block block, ProblemData data)
    {
        int d = Features;
        FoldedLayer[] layers = [.. block.Layers.Select(layer => Fold(layer, data))];
        FoldedLayer affine = layers[^1];
        for (int i = 0; i < affine.Weight.Length; i++) affine.Weight[i] = -affine.Weight[i];
        for (int i = 0; i < affine.Bias.Length; i++) affine.Bias[i] = -affine.Bias[i];
        if (Shift.Length > 0) AddInputShift(layers[0], affine);
        if (block.Norm is not { } norm) return layers;

        ReadOnlySpan<float> parameters = data.InitialParameters(0);
        Shift = new float[d];
        for (int j = 0; j < d; j++)
        {
            double variance = data.Statistics[norm.Variance.Offset + j] + (double)Problem.FlowNormEpsilon;
            double logScale = parameters[norm.LogScale.Offset + j] - (0.5 * Math.Log(variance));
            affine.Bias[d + j] = (float)(affine.Bias[d + j] + logScale);
            Shift[j] = (float)(parameters[norm.Shift.Offset + j] - (Math.Exp(logScale) * data.Statistics[norm.Mean.Offset + j]));
        }

        return layers;
    }

    // The block's true input is x + Shift.
    private void AddInputShift(FoldedLayer first, FoldedLayer affine)
    {
        for (int o = 0; o < first.Outputs; o++)
        {
            double sum = first.Bias[o];
            for (int j = 0; j < Features; j++) sum += (double)first.Weight[(o * Features) + j] * Shift[j];
            first.Bias[o] = (float)sum;
        }

        for (int j = 0; j < Features; j++) affine.Bias[j] += Shift[j];
    }

    private void FoldScaler(FoldedLayer first)
    {
        for (int o = 0; o < first.Outputs; o++)
        {
            double bias = first.Bias[o];
            for (int j = 0; j < Features; j++)
            {
                ref float weight = ref first.Weight[(o * Features) + j];
                weight *= Scale[j];
                bias -= (double)weight * _offset[j];
            }

            first.Bias[o] = (float)bias;
        }
    }

    // ((x − o)·s − m)·exp(−a) = (x − o − m/s)·exp(−a + log s); the sum of all −a then has Σ log s too much.
    private void FoldScalerIntoFlow()
    {
        if (Scale.Any(scale => scale <= 0)) throw new NotSupportedException("A constant feature has no place in a folded flow.");
        FoldScaler(Blocks[0][0]);
        FoldedLayer affine = Blocks[0][^1];
        for (int j = 0; j < Features; j++)
        {
            foreach (ref float weight in affine.Weight.AsSpan(j * affine.Inputs, affine.Inputs)) weight /= Scale[j];
            affine.Bias[j] = (affine.Bias[j] / Scale[j]) - _offset[j];
        }

        MultiplyOutput(affine, j => Math.Log(Scale[j]));
        Constant += 0.5 * Features * Math.Log(2 * Math.PI);
    }

    // ½‖u‖² = ‖√½·u‖².
    private void FoldHalf()
    {
        MultiplyOutput(Blocks[^1][^1], _ => 0.5 * Math.Log(0.5));
        for (int j = 0; j < Shift.Length; j++) Shift[j] *= (float)Math.Sqrt(0.5);
    }

    // By e to the power of some logarithms, which are no part of the log-determinant.
    private void MultiplyOutput(FoldedLayer affine, Func<int, double> logarithm)
    {
        for (int j = 0; j < Features; j++)
        {
            affine.Bias[Features + j] += (float)logarithm(j);
            Constant += logarithm(j);
        }
    }
}
