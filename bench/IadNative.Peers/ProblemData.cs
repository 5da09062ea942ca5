using System.Text.Json;
using System.Text.Json.Serialization;
using IadNative.Bench.Versus.Exchange;

namespace IadNative.Peers;

/// <summary>A problem and its arrays.</summary>
internal sealed class ProblemData(string folder)
{
    public Problem Problem { get; } =
        JsonSerializer.Deserialize(File.ReadAllText(Path.Combine(folder, ProblemFiles.Problem)), ProblemJson.Default.Problem)!;

    public float[] Data { get; } = RawFile.Read<float>(folder, ProblemFiles.Data);

    public float[] Offset { get; } = RawFile.ReadIfThere<float>(folder, ProblemFiles.Offset);

    public float[] Scale { get; } = RawFile.ReadIfThere<float>(folder, ProblemFiles.Scale);

    public float[] Mask { get; } = RawFile.ReadIfThere<float>(folder, ProblemFiles.Mask);

    public float[] Statistics { get; } = RawFile.ReadIfThere<float>(folder, ProblemFiles.Statistics);

    public float[] Center { get; } = RawFile.ReadIfThere<float>(folder, ProblemFiles.Center);

    public string OnnxPath { get; } = Path.Combine(folder, ProblemFiles.Onnx);

    private float[] Parameters { get; } = RawFile.Read<float>(folder, ProblemFiles.Parameters);

    private int[] Order { get; } = RawFile.ReadIfThere<int>(folder, ProblemFiles.Order);

    public int ParameterCount => Parameters.Length / Problem.Rounds;

    /// <summary>The parameters that a round starts from.</summary>
    public ReadOnlySpan<float> InitialParameters(int round) => Parameters.AsSpan(round * ParameterCount, ParameterCount);

    /// <summary>The samples of each batch of an epoch.</summary>
    public IEnumerable<int[]> Batches(int round, int epoch)
    {
        int start = ((round * Problem.Epochs) + epoch) * Problem.Rows;
        foreach (int samples in Problem.Batches)
        {
            yield return Order[start..(start + samples)];
            start += samples;
        }
    }
}

/// <summary>How a problem is read, generated when this is compiled: one of the peers is compiled ahead of time.</summary>
[JsonSerializable(typeof(Problem))]
internal sealed partial class ProblemJson : JsonSerializerContext;
