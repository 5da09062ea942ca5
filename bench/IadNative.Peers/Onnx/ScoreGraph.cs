using IadNative.Bench.Versus.Exchange;

namespace IadNative.Peers.Onnx;

/// <summary>The graph that scores rows with a network, with as few nodes as we know how to.</summary>
internal static class ScoreGraph
{
    public const string Input = "rows";

    /// <summary>The ONNX file for so many rows per call.</summary>
    public static byte[] Write(FoldedNetwork network, int rows)
    {
        var model = new OnnxModel();
        string x = network.Standardises ? Standardise(model, network) : Input;
        string score = network.Loss == Loss.Likelihood ? Flow(model, network, x) : Chain(model, network, x);
        return model.ToArray(Input, [rows, network.Features], score, [rows, 1]);
    }

    private static string Standardise(OnnxModel model, FoldedNetwork network)
    {
        string centered = model.Add("Sub", [Input, model.Constant(network.Offset, network.Features)]);
        return model.Add("Mul", [centered, model.Constant(network.Scale, network.Features)]);
    }

    private static string Chain(OnnxModel model, FoldedNetwork network, string x)
    {
        string output = network.Layers.Aggregate(x, (input, layer) => Dense(model, layer, input));
        if (network.Loss == Loss.Reconstruction) output = model.Add("Sub", [output, x]);
        return SumOfSquares(model, output);
    }

    private static string Flow(OnnxModel model, FoldedNetwork network, string x)
    {
        int d = network.Features;
        var negativeLogScales = new List<string>();
        foreach (FoldedLayer[] block in network.Blocks)
        {
            string hidden = block.SkipLast(1).Aggregate(x, (input, layer) => Dense(model, layer, input));
            string[] affine = model.Add("Split", [Dense(model, block[^1], hidden), model.Constant(d, d)], 2, ("axis", 1));
            x = model.Add("Mul", [model.Add("Add", [x, affine[0]]), model.Add("Exp", [affine[1]])]);
            negativeLogScales.Add(affine[1]);
        }

        if (network.Shift.Length > 0) x = model.Add("Add", [x, model.Constant(network.Shift, d)]);
        string squares = model.Add("Mul", [SumOfSquares(model, x), model.Constant([0.5f], 1)]);
        string logDeterminant = model.Add(
            "ReduceSum", [model.Add("Sum", [.. negativeLogScales]), model.Constant(1L)], ("keepdims", 1));
        string constant = model.Constant([(float)(0.5 * d * Math.Log(2 * Math.PI))], 1);
        return model.Add("Add", [model.Add("Sub", [squares, logDeterminant]), constant]);
    }

    private static string SumOfSquares(OnnxModel model, string x) =>
        model.Add("ReduceSumSquare", [x], ("axes", new[] { 1 }), ("keepdims", 1));

    // ONNX Runtime fuses the ReLU into the product.
    private static string Dense(OnnxModel model, FoldedLayer layer, string x)
    {
        string weight = model.Constant(layer.Weight, layer.Outputs, layer.Inputs);
        string product = model.Add("Gemm", [x, weight, model.Constant(layer.Bias, layer.Outputs)], ("transB", 1));
        return layer.Slope switch
        {
            1 => product,
            0 => model.Add("Relu", [product]),
            _ => model.Add("LeakyRelu", [product], ("alpha", layer.Slope)),
        };
    }
}
