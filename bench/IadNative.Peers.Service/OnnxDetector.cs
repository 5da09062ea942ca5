using IadNative.Bench.Versus.Exchange;
using IadNative.Peers.Onnx;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace IadNative.Peers.Service;

/// <summary>
/// Scores with ONNX Runtime, where rows and scores lie: nothing is copied. A request runs on the thread that serves it, since others serve other
/// requests.
/// </summary>
internal sealed unsafe class OnnxDetector : PeerDetector
{
    // Any number of rows.
    private const int Any = -1;

    private readonly InferenceSession _session;
    private readonly RunOptions _options = new();
    private readonly string[] _inputs, _outputs;
    private readonly int _features;

    public OnnxDetector(string folder, string model)
        : base(model)
    {
        var data = new ProblemData(folder);
        _features = data.Problem.Features;
        using var options = new Microsoft.ML.OnnxRuntime.SessionOptions
        {
            IntraOpNumThreads = 1,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
        };
        _session = new InferenceSession(ScoreGraph.Write(new FoldedNetwork(data), Any), options);
        (_inputs, _outputs) = ([ScoreGraph.Input], [_session.OutputNames[0]]);
    }

    protected override void Score(ReadOnlySpan<float> rows, Span<float> scores)
    {
        fixed (float* from = rows, to = scores)
        {
            using OrtValue input = Tensor(from, scores.Length, _features), output = Tensor(to, scores.Length, 1);
            _session.Run(_options, _inputs, [input], _outputs, [output]);
        }
    }

    private static OrtValue Tensor(float* numbers, int rows, int columns) => OrtValue.CreateTensorValueWithData(
        OrtMemoryInfo.DefaultInstance, TensorElementType.Float, [rows, columns], (nint)numbers, (long)rows * columns * sizeof(float));
}
