using IadNative.Compute;
using IadNative.Data;
using IadNative.Networks;

namespace IadNative.Tests.Compute.Twin;

/// <summary>The twin itself: its gradients are the derivatives of its losses.</summary>
public sealed class TwinGradientTests
{
    private static readonly LossKind[] _losses = Enum.GetValues<LossKind>();

    [Test]
    public void A_dense_layers_gradient_is_its_derivative(
        [Values] bool bias, [Values("none", "plain", "affine")] string norm, [Values] bool leaky, [Values(2, 3, 17)] int samples)
    {
        const int inputs = 5, outputs = 3;
        TensorLayout parameters = new(), statistics = new();
        TensorSlot Parameter(string name, int rows, int columns) =>
            parameters.Add(name, rows, columns, Initialization.UniformWeight, inputs, 0);
        TensorSlot Statistic(string name) => statistics.Add(name, outputs, 1, Initialization.One, 0, 0);
        bool affine = norm == "affine";
        var layer = new DenseLayer(
            "layer", inputs, outputs, Parameter("weight", outputs, inputs), bias ? Parameter("bias", outputs, 1) : null,
            norm == "none" ? null : new BatchNorm(
                Statistic("mean"), Statistic("variance"), affine ? Parameter("scale", outputs, 1) : null,
                affine ? Parameter("shift", outputs, 1) : null),
            leaky ? DenseLayer.LeakySlope : 1);
        Activation input = new("input", inputs), output = new("output", outputs);
        Activation inputGradient = new("input.gradient", inputs), outputGradient = new("output.gradient", outputs);
        PlanOperation forward = new DenseForward(layer, input, output);
        PlanOperation backward = new DenseBackward(layer, input, output, outputGradient, inputGradient);
        var plan = new Plan
        {
            Features = inputs,
            Loss = LossKind.OneClass,
            Parameters = parameters,
            Statistics = statistics,
            Output = output,
            Step = [forward, backward],
            Scoring = [],
        };
        TwinInterpreter<double> twin = Bare(plan, samples);
        var random = new System.Random(samples);
        foreach (ref double value in twin.State.Parameters.AsSpan()) value = Problem.Gauss(random);
        double[] x = [.. Enumerable.Range(0, samples * inputs).Select(_ => (double)Problem.Gauss(random))];
        double[] pull = [.. Enumerable.Range(0, samples * outputs).Select(_ => (double)Problem.Gauss(random))];
        int[] rows = [.. Enumerable.Range(0, samples)];

        twin[input] = x;
        twin[outputGradient] = pull;
        twin.Train([forward, backward], rows);
        double[] gradient = [.. twin.Gradient], towardsInput = [.. twin[inputGradient]];
        (double, double, int) Loss()
        {
            twin.Train([forward], rows);
            double[] terms = [.. twin[output].Zip(pull, (a, b) => a * b)];
            return (terms.Sum(), terms.Sum(Math.Abs), leaky ? Branches(twin[output]) : 0);
        }

        CentralDifferences.Check(Loss, twin.State.Parameters, gradient, [.. Enumerable.Range(0, gradient.Length)]);
        CentralDifferences.Check(Loss, x, towardsInput, [.. Enumerable.Range(0, x.Length)]);
    }

    [Test]
    public void A_losss_gradient_is_its_derivative(
        [ValueSource(nameof(_losses))] LossKind kind, [Values(2, 3, 17)] int samples, [Values(1, 5)] int width)
    {
        Activation output = new("output", width), target = new("target", width), gradient = new("output.gradient", width);
        var logDeterminant = new Activation("log_determinant", 1);
        var loss = new WeightedLoss(
            kind, output, kind == LossKind.Reconstruction ? target : null, gradient,
            kind == LossKind.NegativeLogLikelihood ? logDeterminant : null);
        var plan = new Plan
        {
            Features = width,
            Loss = kind,
            Parameters = new TensorLayout(),
            Statistics = new TensorLayout(),
            Output = output,
            Step = [loss],
            Scoring = [],
        };
        TwinInterpreter<double> twin = Bare(plan, samples);
        var random = new System.Random(samples * width);
        int[] rows = [.. Enumerable.Range(0, samples)];
        twin.ImportanceWeights = Problem.Values(samples, random.NextSingle);
        double[] o = [.. Enumerable.Range(0, samples * width).Select(_ => (double)Problem.Gauss(random))];
        twin[output] = o;
        twin[target] = [.. o.Select(_ => (double)Problem.Gauss(random))];
        twin[logDeterminant] = [.. rows.Select(_ => (double)Problem.Gauss(random))];
        twin.Train([loss], rows);
        double[] sorted = [.. twin.Distances.Order()];
        if (kind == LossKind.SoftBoundary) twin.State.Radius = Math.Sqrt((sorted[0] + sorted[1]) / 2);

        twin.Train([loss], rows);
        CentralDifferences.Check(
            () =>
            {
                twin.Train([loss], rows);
                double magnitude = rows.Sum(s => twin.ImportanceWeights[s] * (Math.Abs(twin.Distances[s]) + Math.Abs(twin[logDeterminant][s])));
                return (twin.Loss / samples, magnitude / samples, kind == LossKind.SoftBoundary ? Outside(twin) : 0);
            },
            o, [.. twin[gradient]], [.. Enumerable.Range(0, o.Length)]);
    }

    [Test]
    public void An_affine_maps_gradient_is_its_derivative(
        [Values] bool first, [Values(1, 5)] int width, [Values(1, 2, 17)] int samples)
    {
        Activation x = new("x", width), map = new("map", 2 * width), u = new("u", width), before = new("before", 1), after = new("after", 1);
        Activation dx = new("x.gradient", width), dMap = new("map.gradient", 2 * width), du = new("u.gradient", width);
        PlanOperation forward = new AffineForward(x, map, u, first ? null : before, after);
        TwinInterpreter<double> twin = Bare(Flow(u, new TensorLayout(), new TensorLayout()), samples);
        var random = new System.Random(samples * width);
        int[] rows = [.. Enumerable.Range(0, samples)];
        twin.ImportanceWeights = Problem.Values(samples, random.NextSingle);
        (double[] xs, double[] maps, double[] pull) = (Gauss(width), Gauss(2 * width), Gauss(width));
        (twin[x], twin[map], twin[du], twin[before]) = (xs, maps, pull, Gauss(1));
        twin.Train([forward, new AffineBackward(map, u, du, dMap, dx)], rows);
        CentralDifferences.Check(Loss, xs, [.. twin[dx]], [.. Enumerable.Range(0, xs.Length)]);
        CentralDifferences.Check(Loss, maps, [.. twin[dMap]], [.. Enumerable.Range(0, maps.Length)]);

        double[] Gauss(int columns) => [.. Enumerable.Range(0, samples * columns).Select(_ => (double)Problem.Gauss(random))];

        (double, double, int) Loss()
        {
            twin.Train([forward], rows);
            return Linear(twin, u, pull, after);
        }
    }

    [Test]
    public void Flow_batch_norms_gradient_is_its_derivative([Values(1, 5)] int width, [Values(2, 3, 17)] int samples)
    {
        TensorLayout parameters = new(), statistics = new();
        TensorSlot Slot(TensorLayout layout, string name) => layout.Add(name, width, 1, Initialization.Zero, 0, 0);
        var norm = new FlowNorm(
            Slot(parameters, "scale"), Slot(parameters, "shift"), Slot(statistics, "mean"), Slot(statistics, "variance"));
        Activation x = new("x", width), y = new("y", width), before = new("before", 1), after = new("after", 1);
        Activation dx = new("x.gradient", width), dy = new("y.gradient", width);
        PlanOperation forward = new FlowNormForward(norm, x, y, before, after);
        TwinInterpreter<double> twin = Bare(Flow(y, parameters, statistics), samples);
        var random = new System.Random(samples * width);
        int[] rows = [.. Enumerable.Range(0, samples)];
        twin.ImportanceWeights = Problem.Values(samples, random.NextSingle);
        foreach (ref double value in twin.State.Parameters.AsSpan()) value = 0.5 * Problem.Gauss(random);
        (double[] xs, double[] pull) = (Gauss(width), Gauss(width));
        (twin[x], twin[dy], twin[before]) = (xs, pull, Gauss(1));
        twin.Train([forward, new FlowNormBackward(norm, dy, dx)], rows);
        double[] gradient = [.. twin.Gradient];
        CentralDifferences.Check(Loss, xs, [.. twin[dx]], [.. Enumerable.Range(0, xs.Length)]);
        CentralDifferences.Check(Loss, twin.State.Parameters, gradient, [.. Enumerable.Range(0, gradient.Length)]);

        double[] Gauss(int columns) => [.. Enumerable.Range(0, samples * columns).Select(_ => (double)Problem.Gauss(random))];

        (double, double, int) Loss()
        {
            // x̂ carries the rounding of x, larger by x/σ.
            twin.Train([forward], rows);
            (double loss, double magnitude, int branches) = Linear(twin, y, pull, after);
            return (loss, 10 * magnitude, branches);
        }
    }

    [Test]
    public void A_flows_gradient_is_its_derivative_and_zero_where_masked(
        [Values(1, 2, 5, 36)] int features, [Values("7", "8-5")] string widths, [Values(2, 3, 17)] int samples,
        [Values] bool batchNorm, [Values] MadeDegrees degrees)
    {
        var network = new NetworkSpec([.. NetworkSpec.Parse(widths).Widths]) { BatchNorm = batchNorm, Degrees = degrees };
        var problem = new Problem(network, features, samples, LossKind.NegativeLogLikelihood);
        Assert.That(problem.Plan.Step.OfType<AffineForward>().Count(), Is.EqualTo(5));
        float[] mask = problem.Plan.Parameters.ToMask();
        int[] masked = [.. Enumerable.Range(0, mask.Length).Where(i => mask[i] == 0)];
        int[] present = [.. Enumerable.Range(0, mask.Length).Where(i => mask[i] != 0)];
        Assert.That(masked, Is.Not.Empty);
        int[] chosen = [.. CentralDifferences.Choose(present.Length, 60, samples).Select(i => present[i])];
        CheckGradient(problem, chosen, out double[] gradient);
        Assert.That(masked.Select(i => gradient[i]), Has.All.Zero);
        Assert.That(masked.Select(i => problem.States[0].Parameters[i]), Has.All.Zero);
    }

    [Test]
    public void A_networks_gradient_is_its_derivative(
        [Values(LossKind.OneClass, LossKind.SoftBoundary, LossKind.Reconstruction)] LossKind loss,
        [Values("3", "8-1", "7-5-3")] string widths,
        [Values(2, 3, 17, 37, 128)] int samples,
        [Values("batch norm", "affine", "bias", "bias and affine")] string options)
    {
        var network = new NetworkSpec([.. NetworkSpec.Parse(widths).Widths])
        {
            BatchNorm = options != "bias",
            Affine = options.EndsWith("affine", StringComparison.Ordinal),
            Bias = options.StartsWith("bias", StringComparison.Ordinal),
        };
        var problem = new Problem(network, 5, samples, loss);
        CheckGradient(problem, CentralDifferences.Choose(problem.Plan.Parameters.Length, 40, samples), out _);
    }

    private static void CheckGradient(Problem problem, int[] indices, out double[] gradient)
    {
        int samples = problem.Samples;
        TwinInterpreter<double> twin = problem.Twin<double>();
        twin.Train(problem.BothPasses, problem.AllRows);
        gradient = [.. twin.Gradient];
        DenseForward[] kinked = [.. problem.Plan.Step.OfType<DenseForward>().Where(dense => dense.Layer.HasRelu)];
        Activation? logDeterminant = problem.Plan.Step.OfType<WeightedLoss>().Single().LogDeterminant;
        CentralDifferences.Check(
            () =>
            {
                twin.Train(problem.ForwardPass, problem.AllRows);
                int branches = Branches(kinked.SelectMany(dense => twin[dense.Output]));
                if (problem.Plan.Loss == LossKind.SoftBoundary) branches = HashCode.Combine(branches, Outside(twin));
                double magnitude = twin.Loss;
                if (logDeterminant is not null)
                {
                    magnitude = twin.Distances.Zip(
                        twin[logDeterminant], (score, log) => Math.Abs(score + log) + Math.Abs(log)).Sum();
                }

                return (twin.Loss / samples, magnitude / samples, branches);
            },
            twin.State.Parameters, gradient, indices);
    }

    private static Plan Flow(Activation output, TensorLayout parameters, TensorLayout statistics) => new()
    {
        Features = output.Width,
        Loss = LossKind.NegativeLogLikelihood,
        Parameters = parameters,
        Statistics = statistics,
        Output = output,
        Step = [],
        Scoring = [],
    };

    // Σ pull·output − Σ w/B·log-determinant, and the magnitude of its terms.
    private static (double Loss, double Magnitude, int Branches) Linear(
        TwinInterpreter<double> twin, Activation output, double[] pull, Activation logDeterminant)
    {
        double[] logs = twin[logDeterminant];
        double[] terms =
        [
            .. twin[output].Zip(pull, (a, b) => a * b), .. logs.Select((log, s) => -twin.ImportanceWeights[s] / logs.Length * log),
        ];
        return (terms.Sum(), terms.Sum(Math.Abs), 0);
    }

    private static TwinInterpreter<double> Bare(Plan plan, int samples)
    {
        var spec = new SessionSpec
        {
            Data = new float[samples * plan.Features],
            Scaler = new FeatureScaler(new float[plan.Features], new float[plan.Features]),
            Replicas = [],
            BatchSize = samples,
            LearningRate = 1e-3,
            Nu = 0.3,
        };
        return new TwinInterpreter<double>(plan, spec, new TwinState<double>(new ReplicaState(plan)));
    }

    private static int Outside(TwinInterpreter<double> twin) =>
        Branches(twin.Distances.Select(f => f - (twin.State.Radius * twin.State.Radius)));

    // One number for which of the values are positive.
    private static int Branches(IEnumerable<double> values)
    {
        var hash = new HashCode();
        foreach (double value in values) hash.Add(value > 0);
        return hash.ToHashCode();
    }
}
