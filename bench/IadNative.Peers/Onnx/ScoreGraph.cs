using IadNative.Bench.Versus.Exchange;
using IadNative.Onnx.Graph;

namespace IadNative.Peers.Onnx;

/// <summary>The graph that scores rows with a network, with as few nodes as we know how to.</summary>
internal static class ScoreGraph
{
    public const string Input = "rows";

    /// <summary>The ONNX file for so many rows per call.</summary>
    public static byte[] Write(FoldedNetwork network, int rows)
    {
        var model = new OnnxGraph();
        model.Input(Input, OnnxType.Float, rows, network.Features);
        string score = network.Loss == Loss.Likelihood ? Flow(model, network) : Chain(model, network);
        model.Output(score, "score", OnnxType.Float, rows, 1);
        return model.ToFile("score", ("IadNative", "versus"), "What is measured against the engine.");
    }

    private static string Chain(OnnxGraph model, FoldedNetwork network)
    {
        string output = network.Layers.Aggregate(Input, (input, layer) => Dense(model, layer, input));
        if (network.Loss != Loss.Reconstruction) return SumOfSquares(model, output);
        string target = model.Add("Mul", [Input, model.Constant(network.Scale, network.Features)]);
        return SumOfSquares(model, model.Add("Sub", [output, target]));
    }

    // Sums start from a vector whose sum is the constant, and the product with a vector of −1 from the squares.
    private static string Flow(OnnxGraph model, FoldedNetwork network)
    {
        int d = network.Features;
        string x = Input;
        float[] shares = new float[d], minus = new float[d];
        Array.Fill(shares, (float)(-network.Constant / d));
        Array.Fill(minus, -1);
        List<string> logDeterminants = [model.Constant(shares, 1, d)];
        foreach (FoldedLayer[] block in network.Blocks)
        {
            string hidden = block.SkipLast(1).Aggregate(x, (input, layer) => Dense(model, layer, input));
            string[] affine = model.Add("Split", [Dense(model, block[^1], hidden), model.Integers(d, d)], 2, ("axis", 1));
            x = model.Add("Mul", [model.Add("Add", [x, affine[0]]), model.Add("Exp", [affine[1]])]);
            logDeterminants.Add(affine[1]);
        }

        if (network.Shift.Length > 0) x = model.Add("Add", [x, model.Constant(network.Shift, d)]);
        string sums = model.Add("Sum", [.. logDeterminants]);
        return model.Add("Gemm", [sums, model.Constant(minus, d, 1), SumOfSquares(model, x)]);
    }

    private static string SumOfSquares(OnnxGraph model, string x) =>
        model.Add("ReduceSumSquare", [x], ("axes", new[] { 1 }), ("keepdims", 1));

    // ONNX Runtime fuses the ReLU into the product.
    private static string Dense(OnnxGraph model, FoldedLayer layer, string x)
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
