using IadNative.Compute;
using IadNative.Compute.Cpu;
using IadNative.Compute.Operations;
using IadNative.Data;
using IadNative.Models;
using IadNative.Networks;
using IadNative.Probe;
using IadNative.Tests.Compute;
using IadNative.Tests.Compute.Twin;

namespace IadNative.Tests.Networks;

/// <summary>What makes a stack of MADE blocks a flow: its masks, its log-determinant and its inverse.</summary>
public sealed class FlowTests
{
    [Test]
    public void Every_block_sees_earlier_features_only_and_odd_blocks_count_backwards(
        [Values(1, 2, 5, 36)] int features, [Values("35", "40-37")] string widths, [Values] MadeDegrees degrees)
    {
        // Positive numbers throughout keep every unit alive, so that whatever may be seen is seen.
        Problem problem = Flow(features, widths, degrees, batchNorm: true, samples: 3);
        foreach (ref float value in problem.States[0].Parameters.AsSpan()) value = Math.Abs(value);
        TwinInterpreter<double> twin = problem.Twin<double>();
        int[] rows = problem.AllRows;
        for (int block = 0; block < 5; block++)
        {
            string name = $"block.{block}.";
            DenseForward[] layers =
                [.. problem.Plan.Scoring.OfType<DenseForward>().Where(dense => dense.Layer.Name.StartsWith(name, StringComparison.Ordinal))];
            var random = new System.Random(block);
            double[] x = [.. Enumerable.Range(0, rows.Length * features).Select(_ => random.NextDouble())];
            twin[layers[0].Input] = x;
            twin.Score(layers, rows);
            double[] before = twin[layers[^1].Output];
            for (int i = 0; i < features; i++)
            {
                double[] moved = [.. x];
                for (int s = 0; s < rows.Length; s++) moved[(s * features) + i] += 1 + random.NextDouble();
                twin[layers[0].Input] = moved;
                twin.Score(layers, rows);
                double[] after = twin[layers[^1].Output];
                for (int output = 0; output < 2 * features; output++)
                {
                    int j = output % features;
                    bool later = block % 2 == 0 ? j > i : j < i;
                    bool changed = rows.Any(s => after[(s * 2 * features) + output] != before[(s * 2 * features) + output]);
                    Assert.That(changed, Is.EqualTo(later), $"block {block}: does output {j} depend on input {i}?");
                }
            }
        }
    }

    [Test]
    public void With_fewer_units_than_features_sequential_degrees_see_the_first_features_and_spread_ones_reach_the_last()
    {
        Assert.That(Seen(MadeDegrees.Sequential), Is.EqualTo(Enumerable.Range(0, 8)));
        Assert.That(Seen(MadeDegrees.Spread), Is.EqualTo(Enumerable.Range(0, 35)));

        static IEnumerable<int> Seen(MadeDegrees degrees)
        {
            DegreeMask mask = ModelPlans.Build(new NetworkSpec(8), 40, ModelKind.NegativeLogLikelihood, degrees)
                .Parameters.Slots[0].Mask!;
            return Enumerable.Range(0, 40).Where(input => Enumerable.Range(0, 8).Any(unit => mask.Allows(unit, input)));
        }
    }

    [Test]
    public void A_plan_has_a_slot_for_every_tensor_and_ends_its_step_with_masks_before_adam([Values] bool batchNorm)
    {
        Plan plan = ModelPlans.Build(
            new NetworkSpec(7, 6) { BatchNorm = batchNorm }, 5, ModelKind.NegativeLogLikelihood);
        int block = (7 * 5) + 7 + (6 * 7) + 6 + (10 * 6) + 10;
        Assert.That(plan.Parameters.Length, Is.EqualTo(5 * (block + (batchNorm ? 10 : 0))));
        Assert.That(plan.Statistics.Length, Is.EqualTo(batchNorm ? 50 : 0));
        Assert.That(plan.Step.TakeLast(2).Select(operation => operation.GetType()),
            Is.EqualTo(new[] { typeof(MaskGradient), typeof(AdamStep) }));
        Assert.That(plan.Parameters.Slots.Select(slot => slot.Name), Is.Unique);
        Assert.That(plan.State.Slots, Is.Empty);
        Assert.That(plan.Step.OfType<DenseBackward>().Count(dense => dense.InputGradient is null), Is.EqualTo(1));
    }

    [Test]
    public void The_log_determinant_is_that_of_the_numerical_jacobian([Values] bool batchNorm, [Values] MadeDegrees degrees)
    {
        const int d = 5;
        const double step = 1e-5;
        Problem problem = Flow(d, "17-9", degrees, batchNorm, samples: 10);
        TwinInterpreter<double> twin = problem.Twin<double>();
        twin.Score(problem.AllRows);
        Activation input = problem.Plan.Scoring.OfType<GatherBatch>().Single().Output;
        double[] data = twin[input];
        Activation log = problem.Plan.Scoring.OfType<NegativeLogLikelihood>().Single().LogDeterminant;
        double[] claimed = twin[log];
        float[] product = Scores(problem);
        double[] scores = twin.Distances;
        Tolerance.Check(product, scores, [problem.Twin<float>().Score(problem.AllRows)], "score");
        for (int row = 0; row < 10; row++)
        {
            double[,] jacobian = new double[d, d];
            for (int i = 0; i < d; i++)
            {
                double[] up = Map(i, step), down = Map(i, -step);
                for (int j = 0; j < d; j++) jacobian[j, i] = (up[j] - down[j]) / (2 * step);
            }

            double expected = Math.Log(Math.Abs(Determinant(jacobian)));
            Assert.That(claimed[row], Is.EqualTo(expected).Within(1e-7), $"row {row}");

            double[] Map(int feature, double by)
            {
                double[] x = data[(row * d)..((row + 1) * d)];
                x[feature] += by;
                twin[input] = x;
                twin.Score(problem.Plan.Scoring.Skip(1), [0]);
                return twin[problem.Plan.Output];
            }
        }
    }

    [Test]
    public void The_inverse_pass_leads_back_to_where_a_sample_came_from(
        [Values] bool batchNorm, [Values(1, 2, 5, 36)] int features, [Values("33", "17-9")] string widths, [Values] MadeDegrees degrees)
    {
        Problem problem = Flow(features, widths, degrees, batchNorm, samples: 20);
        TwinInterpreter<double> twin = problem.Twin<double>();
        twin.Score(problem.AllRows);
        double[] x = twin[problem.Plan.Scoring.OfType<GatherBatch>().Single().Output], u = twin[problem.Plan.Output];
        double[] logDeterminants = twin[problem.Plan.Scoring.OfType<NegativeLogLikelihood>().Single().LogDeterminant];
        var inverse = new FlowInverse(problem.Plan, twin.State);
        for (int row = 0; row < 20; row++)
        {
            (double[] back, double logDeterminant) = inverse.Run(u.AsSpan(row * features, features));
            Assert.That(back, Is.EqualTo(x[(row * features)..((row + 1) * features)]).Within(1e-7));
            Assert.That(logDeterminant, Is.EqualTo(-logDeterminants[row]).Within(1e-7));
        }
    }

    [Test]
    public void Samples_of_a_flow_score_the_density_that_the_change_of_variables_gives(
        [Values] bool batchNorm, [Values(1, 2, 5)] int features)
    {
        const int samples = 200;
        Problem problem = Flow(features, "17-9", MadeDegrees.Sequential, batchNorm, samples);
        var inverse = new FlowInverse(problem.Plan, new TwinState<double>(problem.States[0]));
        var random = new System.Random(features);
        float[] data = new float[samples * features];
        double[] expected = new double[samples];
        for (int row = 0; row < samples; row++)
        {
            double[] u = [.. Enumerable.Range(0, features).Select(_ => (double)Problem.Gauss(random))];
            (double[] x, double logDeterminant) = inverse.Run(u);
            for (int j = 0; j < features; j++) data[(row * features) + j] = (float)x[j];
            expected[row] = u.Sum(v => ((v * v) + Math.Log(2 * Math.PI)) / 2) + logDeterminant;
        }

        float[] ones = [.. Enumerable.Repeat(1f, features)];
        float[] scores = Scores(problem, data, new FeatureScaler(new float[features], ones));
        for (int row = 0; row < samples; row++)
            Assert.That(scores[row], Is.EqualTo(expected[row]).Within(1e-4 * (1 + Math.Abs(expected[row]))), $"row {row}");
    }

    private static Problem Flow(int features, string widths, MadeDegrees degrees, bool batchNorm, int samples)
    {
        var network = new NetworkSpec([.. NetworkSpec.Parse(widths).Widths]) { BatchNorm = batchNorm };
        return new Problem(network, features, samples, ModelKind.NegativeLogLikelihood, batchSize: 32, degrees: degrees);
    }

    private static float[] Scores(Problem problem, float[]? data = null, FeatureScaler? scaler = null)
    {
        SessionSpec spec = problem.Spec with { Data = data ?? problem.Spec.Data, Scaler = scaler ?? problem.Spec.Scaler };
        using ISession session = new CpuDevice(1).CreateSession(problem.Plan, spec);
        session.Import(0, problem.States[0]);
        session.Score();
        float[] scores = new float[problem.Samples];
        session.ReadScores(0, scores);
        return scores;
    }

    // By elimination with row pivots.
    private static double Determinant(double[,] matrix)
    {
        int n = matrix.GetLength(0);
        double determinant = 1;
        for (int k = 0; k < n; k++)
        {
            int pivot = Enumerable.Range(k, n - k).MaxBy(row => Math.Abs(matrix[row, k]));
            if (pivot != k) determinant = -determinant;
            for (int j = 0; j < n; j++) (matrix[k, j], matrix[pivot, j]) = (matrix[pivot, j], matrix[k, j]);
            determinant *= matrix[k, k];
            for (int row = k + 1; row < n; row++)
            {
                double factor = matrix[row, k] / matrix[k, k];
                for (int j = k; j < n; j++) matrix[row, j] -= factor * matrix[k, j];
            }
        }

        return determinant;
    }
}
