using IadNative.Detectors;
using IadNative.Iad.Members;
using IadNative.Models;
using IadNative.Onnx.Graph;

namespace IadNative.Onnx.Export;

/// <summary>A whole detector: from raw cells to what a caller asks for.</summary>
internal static class DetectorGraph
{
    /// <summary>What callers give: n × columns raw cells.</summary>
    public const string Input = "rows";

    /// <summary>The graph of a detector.</summary>
    public static OnnxGraph Write(DetectorContent content, OnnxOutputs outputs)
    {
        var graph = new OnnxGraph();
        var preparation = new PreparationGraph(graph, content.Preparation);
        string rows = graph.Input(Input, preparation.InputType, OnnxGraph.AnyRows, content.Preparation.Columns.Count);
        string prepared = preparation.Add(rows, content.Normalizer);
        string score = Score(graph, content, prepared);
        if (outputs.HasFlag(OnnxOutputs.Score)) graph.Output(score, "score", OnnxType.Float, OnnxGraph.AnyRows);
        if (outputs.HasFlag(OnnxOutputs.Percentile))
            graph.Output(new PercentileGraph(graph, content.Quantiles).Add(score), "percentile", OnnxType.Double, OnnxGraph.AnyRows);
        if (outputs.HasFlag(OnnxOutputs.Label))
        {
            string isAnomaly = graph.Add("Greater", [score, graph.Constant([content.Threshold])]);
            graph.Output(graph.Cast(isAnomaly, OnnxType.Int64), "label", OnnxType.Int64, OnnxGraph.AnyRows);
        }

        return graph;
    }

    private static string Score(OnnxGraph graph, DetectorContent content, string prepared)
    {
        MemberPart[] parts = [.. content.Members.Select(member => member.Part)];
        string[] families = [.. ScoringPlan.FamiliesOf(content.Members).Select(family => NetworkGraph.Scores(graph, family, prepared))];
        string members = families.Length == 1 ? families[0] : graph.Add("Concat", families, ("axis", 0));
        string score = MemberGraph.Combine(graph, members, parts);

        // A committee has a score for every row, but none that is worth anything for one whose features are not all numbers.
        if (parts[0].Scale == MemberScale.Quartiles)
        {
            string mark = graph.Add("Sub", [prepared, prepared]);
            score = graph.Add("Add", [score, graph.Add("ReduceSum", [mark, graph.Integers(1)], ("keepdims", 0))]);
        }

        string isFinite = graph.Add("Equal", [graph.Add("Sub", [score, score]), graph.Constant([0f])]);
        return graph.Add("Where", [isFinite, score, graph.Constant([float.MaxValue])]);
    }
}
