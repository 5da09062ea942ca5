using IadNative.Bench.Versus.Exchange;
using Microsoft.ML.OnnxRuntime;

namespace IadNative.Peers.Onnx;

/// <summary>
/// Scoring with ONNX Runtime: bound input and output, on memory that is ours, so that a call allocates nothing.
/// </summary>
internal sealed class OnnxScoring : IContestant
{
    private readonly Problem _problem;
    private readonly float[] _data, _input, _output;
    private readonly InferenceSession _session;
    private readonly RunOptions _options = new();
    private readonly OrtIoBinding _binding;

    public OnnxScoring(ProblemData data)
    {
        _problem = data.Problem;
        _data = data.Data;
        _input = new float[_problem.RowsPerCall * _problem.Features];
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
        _binding = _session.CreateIoBinding();
        _binding.BindInput(
            ScoreGraph.Input, OrtValue.CreateTensorValueFromMemory(_input, [_problem.RowsPerCall, _problem.Features]));
        _binding.BindOutput(_session.OutputNames[0], OrtValue.CreateTensorValueFromMemory(_output, [_problem.RowsPerCall, 1]));
    }

    public Introduction Introduce() => new("ONNX Runtime, IoBinding", ScoringCalls.AllScores(_problem, Score, _output), []);

    public Measurement Run(int count) => ScoringCalls.Measure(_problem, count, Score);

    private float Score(int call)
    {
        ScoringCalls.RowsOf(call, _problem, _data).CopyTo(_input);
        _session.RunWithBinding(_options, _binding);
        return _output[0];
    }
}
