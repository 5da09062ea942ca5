using IadNative.Compute;
using IadNative.Compute.Cpu.Operations;
using IadNative.Compute.Operations;
using IadNative.Data;

namespace IadNative.Onnx.Export;

/// <summary>Layers; batch norm is folded into the weights before it, as in the engine's own scoring.</summary>
internal sealed partial class NetworkGraph
{
    private void Add(DenseForward dense)
    {
        DenseLayer layer = dense.Layer;
        (float[] Weights, float[] Shifts)[] folded = Folded(layer.Weight, layer.Bias, layer.Norm);
        string x = this[dense.Input];
        if (IsOne)
        {
            string weight = _graph.Constant(folded[0].Weights, layer.Outputs, layer.Inputs);
            x = _graph.Add("Gemm", [x, weight, _graph.Constant(folded[0].Shifts, layer.Outputs)], ("transB", 1));
        }
        else
        {
            x = _graph.Add("MatMul", [x, PerNetwork(k => Transposed(folded[k].Weights, layer.Outputs, layer.Inputs), layer.Inputs, layer.Outputs)]);
            x = _graph.Add("Add", [x, PerNetwork(k => folded[k].Shifts, 1, layer.Outputs)]);
        }

        this[dense.Output] = Rectified(x, layer.Slope);
    }

    private void Add(ConvForward convolution)
    {
        ConvLayer layer = convolution.Layer;
        (float[] weights, float[] shifts) = Folded(layer.Weight, layer.Bias, layer.Norm)[0];
        ImageShape before = layer.InputSize;
        string x = _graph.Add("Reshape", [this[convolution.Input], _graph.Integers(-1, layer.InputChannels, before.Height, before.Width)]);
        if (layer.Upsample)
        {
            x = _graph.Add(
                "Resize", [x, "", _graph.Constant([1f, 1, 2, 2], 4)], ("mode", "nearest"),
                ("coordinate_transformation_mode", "asymmetric"), ("nearest_mode", "floor"));
        }

        const int side = ConvLayer.KernelSide, border = ConvLayer.Border;
        string kernels = _graph.Constant(weights, layer.OutputChannels, layer.InputChannels, side, side);
        x = _graph.Add(
            "Conv", [x, kernels, _graph.Constant(shifts, layer.OutputChannels)], ("kernel_shape", (int[])[side, side]),
            ("pads", (int[])[border, border, border, border]));
        x = Rectified(x, layer.Slope);
        if (layer.Pool) x = _graph.Add("MaxPool", [x], ("kernel_shape", (int[])[2, 2]), ("strides", (int[])[2, 2]));
        this[convolution.Output] = _graph.Add("Reshape", [x, _graph.Integers(-1, layer.Outputs)]);
    }

    private void Add(ResidualForward residual) => this[residual.Output] = _graph.Add("Add", [this[residual.Input], this[residual.Branch]]);

    private void Add(RowNormalizeForward normalize)
    {
        string x = this[normalize.Input], length = _graph.Add("ReduceL2", [x], ("axes", (int[])[-1]), ("keepdims", 1));
        string divisor = _graph.Add("Max", [length, _graph.Constant([RowNormalizeForward.LeastNorm])]);

        // NaN for a sample too far out for a norm, as in the engine's own scoring.
        this[normalize.Output] = _graph.Add("Div", [x, _graph.Add("Add", [divisor, _graph.Add("Sub", [length, length])])]);
    }

    private string Rectified(string x, float slope) => slope switch
    {
        1 => x,
        0 => _graph.Add("Relu", [x]),
        _ => _graph.Add("LeakyRelu", [x], ("alpha", slope)),
    };

    private unsafe (float[] Weights, float[] Shifts)[] Folded(TensorSlot weight, TensorSlot? bias, BatchNorm? norm)
    {
        var folded = new (float[] Weights, float[] Shifts)[_members.Length];
        for (int k = 0; k < folded.Length; k++)
        {
            folded[k] = (new float[weight.Length], new float[weight.Rows]);
            fixed (float* weights = folded[k].Weights, shifts = folded[k].Shifts)
                BatchNormFolding.Fold(weight, bias, norm, Numbers(k), weights, shifts);
        }

        return folded;
    }

    private static float[] Transposed(float[] matrix, int rows, int columns)
    {
        float[] transposed = new float[matrix.Length];
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++) transposed[(j * rows) + i] = matrix[(i * columns) + j];
        }

        return transposed;
    }
}
