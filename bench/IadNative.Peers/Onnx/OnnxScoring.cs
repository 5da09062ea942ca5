using IadNative.Bench.Versus.Exchange;
using Microsoft.ML.OnnxRuntime;

namespace IadNative.Peers.Onnx;

/// <summary>
/// Scoring with ONNX Runtime: a binding for each block of rows, on memory that is ours, so that a call allocates nothing.
/// </summary>
internal sealed class OnnxScoring : IContestant
{
    private readonly Problem _problem;
    private readonly ScoringInput _input;
    private readonly float[] _output;
    private readonly InferenceSession _session;
    private readonly RunOptions _options = new();
    private readonly OrtIoBinding[] _blocks;

    public OnnxScoring(ProblemData data)
    {
        _problem = data.Problem;
        _input = new ScoringInput(data);
        _output = new float[_problem.RowsPerCall];
        byte[] model = ScoreGraph.Write(new FoldedNetwork(data), _problem.RowsPerCall);
        File.WriteAllBytes(data.OnnxPath, model);
        using var options = new SessionOptions
        {
            IntraOpNumThreads = _problem.Threads,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
        };
        _session = new InferenceSession(model, options);
        OrtValue output = OrtValue.CreateTensorValueFromMemory(_output, [_problem.RowsPerCall, 1]);
        _blocks = [.. Enumerable.Range(0, _input.Blocks).Select(block => Bind(block, output))];
    }

    public Introduction Introduce() => new("ONNX Runtime, IoBinding", ScoringCalls.AllScores(_problem, Score, _output));

    public Measurement Run(int count) => ScoringCalls.Measure(_problem, count, Score);

    private float Score(int call)
    {
        _session.RunWithBinding(_options, _blocks[_input.Take(call)]);
        return _output[0];
    }

    private OrtIoBinding Bind(int block, OrtValue output)
    {
        Memory<float> rows = _input.Memory.AsMemory(block * _input.Length, _input.Length);
        OrtIoBinding binding = _session.CreateIoBinding();
        binding.BindInput(ScoreGraph.Input, OrtValue.CreateTensorValueFromMemory(
            OrtMemoryInfo.DefaultInstance, rows, [_problem.RowsPerCall, _problem.Features]));
        binding.BindOutput(_session.OutputNames[0], output);
        return binding;
    }
}
