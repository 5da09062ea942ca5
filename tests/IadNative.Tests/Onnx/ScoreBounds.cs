using System.Numerics;
using IadNative.Compute;
using IadNative.Data;
using IadNative.Detectors;
using IadNative.Models;
using IadNative.Tests.Compute.Twin;

namespace IadNative.Tests.Onnx;

/// <summary>
/// A detector's scores by the twin: exact ones in float64, and naive ones in float32, whose networks sum in several orders. What members
/// make of their networks' scores is computed in float64 either way.
/// </summary>
internal static class ScoreBounds
{
    /// <summary>The scores of some rows.</summary>
    public static (double[] Exact, float[][] Naive) Of(AnomalyDetector detector, ReadOnlySpan<double> rows)
    {
        float[] prepared = Prepared(detector.Content, rows);
        int features = detector.Content.Preparation.Width;
        double[] exact = Combined<double>(detector.Content, prepared, features, order: 0);
        return (exact, [.. Enumerable.Range(0, 8).Select(order => Array.ConvertAll(Combined<float>(detector.Content, prepared, features, order), score => (float)score))]);
    }

    private static float[] Prepared(DetectorContent content, ReadOnlySpan<double> rows)
    {
        int columns = content.Preparation.Columns.Count, features = content.Preparation.Width;
        float[] prepared = new float[rows.Length / columns * features];
        double[] scratch = new double[features];
        for (int i = 0; i * columns < rows.Length; i++)
        {
            Span<float> row = prepared.AsSpan(i * features, features);
            content.Preparation.Apply(rows.Slice(i * columns, columns), row, scratch);
            content.Normalizer?.Apply(row, row);
        }

        return prepared;
    }

    private static double[] Combined<T>(DetectorContent content, float[] prepared, int features, int order)
        where T : IFloatingPointIeee754<T>
    {
        bool isAlone = content.Members.Count == 1 && content.Members[0] is { Median: 0, Scale: not MemberScale.Quartiles };
        double[] sums = new double[prepared.Length / features];
        foreach (DetectorMember member in content.Members)
        {
            T[] scores = Scores<T>(member, prepared, features, order);
            for (int i = 0; i < sums.Length; i++)
            {
                double score = double.CreateChecked(scores[i]);
                sums[i] += isAlone ? score : OnOneScale(member, score) * (member.Scale == MemberScale.Quartiles ? member.Share : 1.0 / content.Members.Count);
            }
        }

        return sums;
    }

    private static double OnOneScale(DetectorMember member, double score) => member.Scale switch
    {
        MemberScale.DivideByMedian => score / member.Median,
        MemberScale.SubtractMedian => score - member.Median,
        _ when member.Width == 0 => 0,
        _ => Math.Clamp(((member.Part.IsLogarithmic ? Math.Log(Math.Max(score, 1e-12)) : score) - member.Median) / member.Width, -0.5, 3),
    };

    private static T[] Scores<T>(DetectorMember member, float[] prepared, int features, int order)
        where T : IFloatingPointIeee754<T>
    {
        int samples = prepared.Length / features, d = member.Plan.Features;
        float[] own = new float[samples * d];
        for (int i = 0; i < own.Length; i++) own[i] = prepared[(i / d * features) + (member.Features is { } chosen ? chosen[i % d] : i % d)];
        int[] rows = [.. Enumerable.Range(0, samples)];
        var spec = new SessionSpec
        {
            Data = own,
            Scaler = member.Scaler,
            Replicas = [new ReplicaSpec(0, 0, rows)],
            BatchSize = 1,
            LearningRate = 1,
        };
        var state = new ReplicaState(member.Plan);
        member.Trained.Parameters.CopyTo(state.Parameters, 0);
        member.Trained.Statistics.CopyTo(state.Statistics, 0);
        member.Trained.State.CopyTo(state.State, 0);
        return new TwinInterpreter<T>(member.Plan, spec, new TwinState<T>(state))
        {
            BiasLast = (order & 1) != 0,
            DenseBackwards = (order & 2) != 0,
            Backwards = (order & 4) != 0,
            ExponentialRounding = order,
        }.Score(rows);
    }
}
