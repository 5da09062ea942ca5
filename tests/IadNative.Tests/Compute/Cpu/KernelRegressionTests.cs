using IadNative.Compute;
using IadNative.Compute.Cpu;
using IadNative.Compute.Operations;
using IadNative.Data;
using IadNative.Tests.Compute.Twin;

namespace IadNative.Tests.Compute.Cpu;

/// <summary>Exact regression in float64, and its mean as a score.</summary>
public sealed class KernelRegressionTests
{
    private static readonly float[] s_points = [1, 0, 0, 1, 0.6f, 0.8f];

    [Test]
    public void Three_points_have_the_coefficients_and_means_of_the_example()
    {
        double[] coefficients = Fit(s_points, 2, [0, 0, 1]);
        Assert.That(coefficients, Is.EqualTo((double[])[-0.1101778, -0.1461819, 0.3641368]).Within(5e-8));
        float[] means = Score(s_points, coefficients, 2, [1, 0, 0, 1, 0.6f, 0.8f, -1, 0, 0.8f, 0.6f]);
        Assert.That(means, Is.EqualTo((float[])[0.1101778f, 0.1461819f, 0.6358632f, -0.0005294f, 0.5013180f]).Within(3e-7f));
    }

    [Test]
    public void Coefficients_solve_the_equations_whatever_the_threads(
        [Values(1, 2, 63, 64, 65, 130, 300)] int count, [Values(1, 8)] int width)
    {
        float[] points = Sphere(count, width, seed: count);
        double[] targets = [.. Enumerable.Range(0, count).Select(i => i % 3 == 0 ? 1.0 : 0)];
        double[] coefficients = Fit(points, width, targets);
        Assert.That(Fit(points, width, targets, threads: 3), Is.EqualTo(coefficients));
        for (int i = 0; i < count; i++)
        {
            double sum = coefficients[i], magnitude = 1;
            for (int j = 0; j < count; j++)
            {
                double squared = 0, product = 0;
                for (int k = 0; k < width; k++)
                {
                    (double a, double b) = (points[(i * width) + k], points[(j * width) + k]);
                    (squared, product) = (squared + ((a - b) * (a - b)), product + (a * b));
                }

                double term = coefficients[j] * (Math.Exp(-squared / 0.18) + product + 1);
                (sum, magnitude) = (sum + term, magnitude + Math.Abs(term));
            }

            // Points are on the sphere but for the rounding of float32.
            Assert.That(Math.Abs(sum - targets[i]) <= 1e-5 * magnitude, $"row {i}: {sum} for {targets[i]}");
        }
    }

    [Test]
    public void Points_that_fall_together_share_a_coefficient()
    {
        double[] coefficients = Fit([1, 0, 1, 0, 0, 1], 2, [1, 1, 0]);
        Assert.That(coefficients[0], Is.EqualTo(coefficients[1]).Within(1e-12));
        Assert.That(coefficients, Has.All.Matches<double>(double.IsFinite));
    }

    [Test]
    public void Points_that_are_no_numbers_leave_none() =>
        Assert.That(Fit([1, 0, float.NaN, 0, 0, 1], 2, [1, 1, 0]), Has.All.NaN);

    [Test]
    public void A_fit_may_have_fewer_points_than_there_is_room_for()
    {
        using var team = new ThreadTeam(1);
        var fit = new KernelRegressionFit(team, 5);
        foreach (int count in (int[])[5, 3, 4])
        {
            float[] points = Sphere(count, 2, seed: 9);
            double[] values = [.. Enumerable.Range(0, count).Select(i => (double)(i % 2))], expected = Fit(points, 2, values);
            fit.Run(points, 2, values);
            Assert.That(values, Is.EqualTo(expected));
        }
    }

    [Test]
    public void The_score_agrees_with_the_twin([Values(1, 7, 16, 33, 1000)] int count, [Values(1, 3, 8)] int width, [Values(1, 50)] int rows)
    {
        float[] points = Sphere(count, width, seed: 1), data = Sphere(rows, width, seed: 2);
        var random = new System.Random(3);
        double[] coefficients = [.. Enumerable.Range(0, count).Select(_ => random.NextDouble() - 0.5)];
        Plan plan = PlanOf(count, width);
        T[] Twin<T>(float[] placed, double[] weighed)
            where T : System.Numerics.IFloatingPointIeee754<T> => new TwinInterpreter<T>(
                plan, Spec(data, width), new TwinState<T>(State(plan, placed, weighed))).Score([.. Enumerable.Range(0, rows)]);

        // The sum over points has no natural order, and in one order the error of a single score can be next to none by luck.
        float[] Naive(int seed)
        {
            int[] order = [.. Enumerable.Range(0, count)];
            if (seed > 0) new System.Random(seed).Shuffle(order);
            return Twin<float>([.. order.SelectMany(i => points.AsSpan(i * width, width).ToArray())], [.. order.Select(i => coefficients[i])]);
        }

        Tolerance.Check(
            Score(points, coefficients, width, data), Twin<double>(points, coefficients), [.. Enumerable.Range(0, 12).Select(Naive)],
            $"{count} points of {width}");
    }

    private static double[] Fit(float[] points, int width, double[] targets, int threads = 1)
    {
        double[] coefficients = [.. targets];
        using var team = new ThreadTeam(threads, smallestShare: 1);
        new KernelRegressionFit(team, targets.Length).Run(points, width, coefficients);
        return coefficients;
    }

    private static float[] Score(float[] points, double[] coefficients, int width, float[] rows)
    {
        Plan plan = PlanOf(coefficients.Length, width);
        ReplicaState state = State(plan, points, coefficients);
        CpuScorer scorer = CpuScorer.Create(plan);
        FoldedNetwork network = scorer.CreateNetwork(Spec(rows, width).Scaler);
        network.Fold(state.Parameters, state.Statistics, state.State);
        float[] scores = new float[rows.Length / width], outputs = new float[rows.Length];
        scorer.Score(network, rows, scores);
        scorer.Outputs(network, rows, outputs);
        Assert.That(outputs, Is.EqualTo(rows));
        return scores;
    }

    // The input is the code.
    private static Plan PlanOf(int count, int width)
    {
        var state = new TensorLayout();
        TensorSlot points = state.Add("points", count, width, Initialization.Zero, 0, 0);
        TensorSlot coefficients = state.Add("coefficients", count, 1, Initialization.Zero, 0, 0);
        Activation input = new("input", width), scores = new("score", 1);
        return new Plan
        {
            Features = width,
            Parameters = new TensorLayout(),
            Statistics = new TensorLayout(),
            State = state,
            Output = input,
            Scores = scores,
            Step = [],
            Scoring = [new GatherBatch(input), new KernelRegression(input, points, coefficients, scores)],
        };
    }

    private static ReplicaState State(Plan plan, float[] points, double[] coefficients)
    {
        var state = new ReplicaState(plan);
        points.CopyTo(state.State, 0);
        for (int i = 0; i < coefficients.Length; i++) state.State[points.Length + i] = (float)coefficients[i];
        return state;
    }

    private static SessionSpec Spec(float[] rows, int width) => new()
    {
        Data = rows,
        Scaler = new FeatureScaler(new float[width], [.. Enumerable.Repeat(1f, width)]),
        Replicas = [new ReplicaSpec(1, 0, [.. Enumerable.Range(0, rows.Length / width)])],
        BatchSize = 1,
        LearningRate = 1e-3,
    };

    private static float[] Sphere(int count, int width, int seed)
    {
        var random = new System.Random(seed);
        float[] values = [.. Enumerable.Range(0, count * width).Select(_ => Problem.Gauss(random))];
        return [.. values.Chunk(width).SelectMany(row =>
        {
            double norm = Math.Sqrt(row.Sum(value => (double)value * value));
            return row.Select(value => (float)(value / norm));
        })];
    }
}
