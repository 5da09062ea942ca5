using IadNative.Iad.Members;
using IadNative.Models;
using IadNative.Onnx.Graph;

namespace IadNative.Onnx.Export;

/// <summary>How the scores of members become one score, in float64 as <see cref="MemberScores"/> and <see cref="MemberPart"/> say.</summary>
internal static class MemberGraph
{
    /// <summary>Adds the combination.</summary>
    /// <param name="graph">Receives the nodes.</param>
    /// <param name="scores">members × n scores, float32.</param>
    /// <param name="parts">One per member.</param>
    /// <returns>n scores, float32.</returns>
    public static string Combine(OnnxGraph graph, string scores, MemberPart[] parts)
    {
        string combined = MemberScores.IsAsItIs(parts) ? scores
            : graph.Cast(
                parts[0].Scale == MemberScale.Quartiles ? Committee(graph, graph.Cast(scores, OnnxType.Double), parts)
                : Average(graph, graph.Cast(scores, OnnxType.Double), parts), OnnxType.Float);
        return graph.Add("Reshape", [combined, graph.Integers(OnnxGraph.AnyRows)]);
    }

    private static string Average(OnnxGraph graph, string scores, MemberPart[] parts)
    {
        double[] medians = [.. parts.Select(part => part.Scale == MemberScale.SubtractMedian ? part.Median : 0)];
        double[] divisors = [.. parts.Select(part => part.Scale == MemberScale.DivideByMedian ? part.Median : 1)];
        if (medians.Any(median => median != 0)) scores = graph.Add("Sub", [scores, graph.Constant(medians, medians.Length, 1)]);
        if (divisors.Any(divisor => divisor != 1)) scores = graph.Add("Div", [scores, graph.Constant(divisors, divisors.Length, 1)]);
        return graph.Add("ReduceMean", [scores], ("axes", (int[])[0]), ("keepdims", 0));
    }

    // A member without a width has no say.
    private static string Committee(OnnxGraph graph, string scores, MemberPart[] parts)
    {
        int members = parts.Length;
        string levels = scores;
        if (parts.Any(part => part.IsLogarithmic))
        {
            string logarithms = graph.Add("Log", [graph.Add("Max", [scores, graph.Constant([MemberPart.LeastDistance])])]);
            bool[] areLogarithmic = [.. parts.Select(part => part.IsLogarithmic)];
            levels = graph.Add("Where", [graph.Constant(areLogarithmic, members, 1), logarithms, scores]);
        }

        double[] medians = [.. parts.Select(part => part.Median)], widths = [.. parts.Select(part => part.Width == 0 ? 1 : part.Width)];
        double[] shares = [.. parts.Select(part => part.Width == 0 ? 0 : part.Share)];
        string z = graph.Add("Div", [graph.Add("Sub", [levels, graph.Constant(medians, members, 1)]), graph.Constant(widths, members, 1)]);
        string highest = graph.Constant([MemberPart.Highest]);
        z = graph.Add("Clip", [z, graph.Constant([MemberPart.Lowest]), highest]);
        z = graph.Add("Where", [graph.Add("IsNaN", [graph.Add("Sub", [scores, scores])]), highest, z]);
        return graph.Add("MatMul", [graph.Constant(shares, 1, members), z]);
    }
}
