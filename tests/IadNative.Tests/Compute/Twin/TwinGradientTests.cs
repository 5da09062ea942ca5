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
            leaky);
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
        var loss = new WeightedLoss(kind, output, kind == LossKind.Reconstruction ? target : null, gradient);
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
        twin.Train([loss], rows);
        double[] sorted = [.. twin.Distances.Order()];
        twin.State.Radius = Math.Sqrt((sorted[0] + sorted[1]) / 2);

        twin.Train([loss], rows);
        CentralDifferences.Check(
            () =>
            {
                twin.Train([loss], rows);
                return (twin.Loss / samples, twin.Loss / samples, Outside(twin));
            },
            o, [.. twin[gradient]], [.. Enumerable.Range(0, o.Length)]);
    }

    [Test]
    public void A_networks_gradient_is_its_derivative(
        [ValueSource(nameof(_losses))] LossKind loss,
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
        TwinInterpreter<double> twin = problem.Twin<double>();
        twin.Train(problem.BothPasses, problem.AllRows);
        double[] gradient = [.. twin.Gradient];
        DenseForward[] kinked = [.. problem.Plan.Step.OfType<DenseForward>().Where(dense => dense.Layer.LeakyRelu)];
        CentralDifferences.Check(
            () =>
            {
                twin.Train(problem.ForwardPass, problem.AllRows);
                int branches = Branches(kinked.SelectMany(dense => twin[dense.Output]));
                if (loss == LossKind.SoftBoundary) branches = HashCode.Combine(branches, Outside(twin));
                return (twin.Loss / samples, twin.Loss / samples, branches);
            },
            twin.State.Parameters, gradient, CentralDifferences.Choose(gradient.Length, 40, samples));
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
