using IadNative.Compute;
using IadNative.Compute.Operations;
using IadNative.Data;
using IadNative.Models;
using IadNative.Networks;
using IadNative.Probe;

namespace IadNative.Tests.Compute.Twin;

/// <summary>The twin itself: its gradients are the derivatives of its losses.</summary>
public sealed class TwinGradientTests
{
    private static readonly ModelKind[] s_losses = Enum.GetValues<ModelKind>();

    [Test]
    public void A_dense_layers_gradient_is_its_derivative(
        [Values] bool bias, [Values("none", "plain", "affine")] string norm, [Values] bool leaky, [Values(2, 3, 17)] int samples)
    {
        const int inputs = 5, outputs = 3;
        var slots = new LayerSlots(inputs, outputs, bias, norm);
        var layer = new DenseLayer(
            "layer", inputs, outputs, slots.Weight, slots.Bias, slots.Norm, leaky ? DenseLayer.LeakySlope : 1);
        CheckLayer(
            slots, inputs, outputs, samples, (x, y) => new DenseForward(layer, x, y),
            (x, y, dy, dx) => new DenseBackward(layer, x, y, dy, dx), (twin, y) => leaky ? Branches(twin[y]) : 0);
    }

    [Test]
    public void A_convolutions_gradient_is_its_derivative(
        [Values] bool bias, [Values("none", "plain", "affine")] string norm, [Values] bool leaky, [Values] bool upsample,
        [Values] bool pool, [Values("2x2 1 1 3", "4x6 2 3 2", "8x2 3 1 3")] string shape)
    {
        string[] parts = shape.Split(' ');
        int[] numbers = [.. parts[1..].Select(int.Parse)];
        ImageShape size = NetworkSpec.Parse($"{parts[0]}-1").Image!.Value;
        (int inputs, int outputs, int samples) = (numbers[0], numbers[1], numbers[2]);
        var slots = new LayerSlots(25 * inputs, outputs, bias, norm);
        var layer = new ConvLayer(
            "layer", inputs, outputs, size, upsample, pool, slots.Weight, slots.Bias, slots.Norm,
            leaky ? DenseLayer.LeakySlope : 1);
        CheckLayer(
            slots, layer.Inputs, layer.Outputs, samples, (x, y) => new ConvForward(layer, x, y),
            (x, y, dy, dx) => new ConvBackward(layer, x, y, dy, dx), (twin, _) => twin.Branches(layer));
    }

    [Test]
    public void Of_equal_pixels_the_first_of_a_window_wins_and_gets_the_gradient()
    {
        // A kernel that copies, on windows with every pattern of ties for the largest.
        var slots = new LayerSlots(25, 1, bias: false, "none");
        var layer = new ConvLayer("layer", 1, 1, new ImageShape(2, 2), Upsample: false, Pool: true, slots.Weight, null, null, 1);
        double[] x = [5, 5, 5, 5, 1, 5, 5, 5, 1, 2, 5, 5, 1, 2, 3, 5, 5, 1, 5, 2, -5, -5, -7, -5];
        int[] winners = [0, 1, 2, 3, 0, 0], rows = [.. Enumerable.Range(0, winners.Length)];
        Activation input = new("x", 4), output = new("y", 1), gradient = new("x.gradient", 4), pull = new("y.gradient", 1);
        TwinInterpreter<double> twin = Bare(Bare(output, slots.Parameters, slots.Statistics), rows.Length);
        twin.State.Parameters[12] = 1;
        twin[input] = x;
        twin[pull] = [.. rows.Select(row => row + 1.0)];
        twin.Train([new ConvForward(layer, input, output), new ConvBackward(layer, input, output, pull, gradient)], rows);
        Assert.That(twin[output], Is.EqualTo(x.Chunk(4).Select(window => window.Max())));
        Assert.That(twin[gradient], Is.EqualTo(rows.SelectMany(
            row => Enumerable.Range(0, 4).Select(i => i == winners[row] ? row + 1.0 : 0))));
    }

    [Test]
    public void A_losss_gradient_is_its_derivative(
        [ValueSource(nameof(s_losses))] ModelKind kind, [Values(2, 3, 17)] int samples, [Values(1, 5)] int width)
    {
        bool isOutput = kind == ModelKind.Ordinal;
        if (isOutput) width = 1;
        Activation output = new("output", width), target = new("target", width), gradient = new("output.gradient", width);
        var logDeterminant = new Activation("log_determinant", 1);
        Activation scores = new("score", 1), scoreGradient = new("score.gradient", 1);
        var state = new TensorLayout();
        TensorSlot center = state.Add("center", width, 1, Initialization.Zero, 0, 0);
        TensorSlot radius = state.Add("radius", 1, 1, Initialization.Zero, 0, 0);
        Activation? point = kind is ModelKind.Reconstruction or ModelKind.SigmoidReconstruction or ModelKind.Discriminative or ModelKind.Subspace or ModelKind.JointSubspace ? target : null;
        TensorSlot? shared = point is null ? center : null;
        bool isFlow = kind == ModelKind.NegativeLogLikelihood, isRoot = kind is ModelKind.MinimalVolume or ModelKind.Subspace or ModelKind.JointSubspace;
        PlanOperation[] loss =
        [
            isFlow ? new NegativeLogLikelihood(output, logDeterminant, scores)
                : isOutput ? new OutputScore(output, scores)
                : new SquaredDistance(output, point, shared, scores, isRoot),
            kind switch
            {
                ModelKind.SoftBoundary => new SoftBoundaryLoss(scores, radius, ModelPlans.Nu, scoreGradient),
                ModelKind.MinimalVolume => new MinimalVolumeLoss(scores, ModelPlans.Alpha, scoreGradient),
                ModelKind.Ordinal => new AbsoluteLoss(scores, scoreGradient),
                ModelKind.Discriminative => new DiscriminativeLoss(scores, 1.0 / width, ModelPlans.Lambda, scoreGradient),
                _ => new ScoreLoss(scores, scoreGradient),
            },
            isFlow ? new NegativeLogLikelihoodBackward(output, scoreGradient, gradient)
                : isOutput ? new OutputScoreBackward(scoreGradient, gradient)
                : new SquaredDistanceBackward(output, point, shared, scoreGradient, gradient, isRoot ? scores : null),
        ];
        var plan = new Plan
        {
            Features = width,
            Parameters = new TensorLayout(),
            Statistics = new TensorLayout(),
            State = state,
            Output = output,
            Scores = scores,
            Step = loss,
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
        twin.Train(loss, rows);
        double[] sorted = [.. twin.Distances.Order()];
        if (kind == ModelKind.SoftBoundary) twin.State.State[radius.Offset] = Math.Sqrt((sorted[0] + sorted[1]) / 2);

        twin.Train(loss, rows);
        CentralDifferences.Check(
            () =>
            {
                twin.Train(loss, rows);
                double magnitude = rows.Sum(s => (isOutput ? 1 : twin.ImportanceWeights[s]) * (Math.Abs(twin.Distances[s]) + Math.Abs(twin[logDeterminant][s])));
                int branches = kind == ModelKind.SoftBoundary ? Outside(twin) : twin.BatchBranches;
                return (twin.Loss / samples, magnitude / samples, branches);
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
        TwinInterpreter<double> twin = Bare(Bare(u, new TensorLayout(), new TensorLayout()), samples);
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
        TwinInterpreter<double> twin = Bare(Bare(y, parameters, statistics), samples);
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
        var network = new NetworkSpec([.. NetworkSpec.Parse(widths).Widths]) { BatchNorm = batchNorm };
        var problem = new Problem(network, features, samples, ModelKind.NegativeLogLikelihood);
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
    public void A_subspaces_gradients_are_its_derivatives([Values(1, 2, 5)] int dimensions, [Values(1, 3, 8)] int width, [Values(1, 2, 17)] int samples,
        [Values(1f, 0.3f)] float factor)
    {
        Activation codes = new("codes", width), gradient = new("codes.gradient", width);
        Activation scores = new("score", 1), scoreGradient = new("score.gradient", 1);
        var parameters = new TensorLayout();
        TensorSlot weight = parameters.Add("subspace", dimensions, width, Initialization.Normal, width, 0);
        TwinInterpreter<double> twin = Bare(Bare(codes, parameters, new TensorLayout()), samples);
        var random = new System.Random(dimensions + (10 * width) + (100 * samples));
        int[] rows = [.. Enumerable.Range(0, samples)];
        twin.ImportanceWeights = Problem.Values(samples, () => 0.1f + random.NextSingle());
        foreach (ref double value in twin.State.Parameters.AsSpan()) value = Problem.Gauss(random);
        double[] y = [.. Enumerable.Range(0, samples * width).Select(_ => (double)Problem.Gauss(random))];
        twin[codes] = y;
        Check(new SubspaceLoss(codes, weight, gradient, factor), y, () => [.. twin[gradient]]);
        Check(new SubspaceLoss(codes, weight, gradient, factor), twin.State.Parameters, () => [.. twin.Gradient]);
        Check(new OrthogonalityLoss(weight, factor), twin.State.Parameters, () => [.. twin.Gradient]);

        void Check(PlanOperation loss, double[] values, Func<double[]> gradientOf)
        {
            // A loss of the batch comes first, as in a plan; here it is zero.
            PlanOperation[] step = [new ScoreLoss(scores, scoreGradient), loss];
            twin[scores] = new double[samples];
            twin.Train(step, rows);
            CentralDifferences.Check(
                () =>
                {
                    twin.Train(step, rows);
                    return (twin.Loss / samples, (twin.Loss / samples) + 1, 0);
                },
                values, gradientOf(), [.. Enumerable.Range(0, values.Length)]);
        }
    }

    // A code of one number has no direction but its sign.
    [Test]
    public void A_network_with_a_subspace_has_its_derivative_as_gradient(
        [Values(ModelKind.Subspace, ModelKind.JointSubspace)] ModelKind kind, [Values("3", "8-4", "7-5-3", "4x4-conv2-conv3-6-4")] string network, [Values(5, 17, 37)] int samples, [Values] bool bias, [Values] bool affine)
    {
        NetworkSpec spec = NetworkSpec.Parse(network) with { Bias = bias, Affine = affine };
        var problem = new Problem(spec, spec.Image?.Pixels ?? 5, samples, kind);
        CheckGradient(problem, CentralDifferences.Choose(problem.Plan.Parameters.Length, 40, samples), out _);
    }

    [Test]
    public void A_row_normalizations_gradient_is_its_derivative([Values(1, 2, 5)] int width, [Values(1, 2, 17)] int samples)
    {
        Activation x = new("x", width), z = new("z", width), dz = new("z.gradient", width), dx = new("x.gradient", width);
        TwinInterpreter<double> twin = Bare(Bare(z, new TensorLayout(), new TensorLayout()), samples);
        var random = new System.Random(width * samples);
        int[] rows = [.. Enumerable.Range(0, samples)];
        double[] xs = [.. Enumerable.Range(0, samples * width).Select(_ => 0.5 + random.NextDouble())];
        double[] pull = [.. xs.Select(_ => (double)Problem.Gauss(random))];
        (twin[x], twin[dz]) = (xs, pull);
        twin.Train([new RowNormalizeForward(x, z), new RowNormalizeBackward(x, z, dz, dx)], rows);
        CentralDifferences.Check(
            () =>
            {
                twin.Train([new RowNormalizeForward(x, z)], rows);
                double[] terms = [.. twin[z].Zip(pull, (value, slope) => value * slope)];
                return (terms.Sum(), terms.Sum(Math.Abs), 0);
            },
            xs, [.. twin[dx]], [.. Enumerable.Range(0, xs.Length)]);
    }

    [Test]
    public void A_coupling_networks_gradient_is_its_derivative_and_zero_where_masked(
        [Values(1, 2, 5, 36)] int features, [Values("7", "8-5")] string widths, [Values(2, 3, 17)] int samples)
    {
        var problem = new Problem(NetworkSpec.Parse(widths), features, samples, ModelKind.MinimalVolume);
        Assert.That(problem.Plan.Scoring.OfType<ResidualForward>().Count(), Is.EqualTo(4));
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
        [Values(ModelKind.OneClass, ModelKind.SoftBoundary, ModelKind.Reconstruction, ModelKind.SigmoidReconstruction, ModelKind.Discriminative, ModelKind.Ordinal)] ModelKind loss,
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

    [Test]
    public void A_convolutional_networks_gradient_is_its_derivative(
        [Values(ModelKind.OneClass, ModelKind.SoftBoundary, ModelKind.Reconstruction, ModelKind.SigmoidReconstruction, ModelKind.Discriminative, ModelKind.Ordinal)] ModelKind loss,
        [Values("2x6-conv2-3", "4x8-conv3-conv2-5-2", "4x4-conv1-conv4-3")] string shape,
        [Values(2, 7)] int samples,
        [Values("batch norm", "affine", "bias", "bias and affine")] string options)
    {
        // Of two samples batch norm leaves hardly more than signs, and a score that is an output follows nothing else.
        if (loss == ModelKind.Ordinal && samples == 2) samples = 3;
        NetworkSpec network = NetworkSpec.Parse(shape) with
        {
            BatchNorm = options != "bias",
            Affine = options.EndsWith("affine", StringComparison.Ordinal),
            Bias = options.StartsWith("bias", StringComparison.Ordinal),
        };
        var problem = new Problem(network, network.Image!.Value.Pixels, samples, loss);
        CheckGradient(problem, CentralDifferences.Choose(problem.Plan.Parameters.Length, 60, samples), out _);
    }

    private static void CheckGradient(Problem problem, int[] indices, out double[] gradient)
    {
        int samples = problem.Samples;
        TwinInterpreter<double> twin = problem.Twin<double>();
        twin.Train(problem.BothPasses, problem.AllRows);
        gradient = [.. twin.Gradient];
        DenseForward[] kinked = [.. problem.Plan.Step.OfType<DenseForward>().Where(dense => dense.Layer.HasRelu)];
        ConvForward[] images = [.. problem.Plan.Step.OfType<ConvForward>()];
        Activation? logDeterminant = problem.Plan.Step.OfType<NegativeLogLikelihood>().SingleOrDefault()?.LogDeterminant;
        CentralDifferences.Check(
            () =>
            {
                twin.Train(problem.ForwardPass, problem.AllRows);
                int branches = Branches(kinked.SelectMany(dense => twin[dense.Output]));
                foreach (ConvForward conv in images) branches = HashCode.Combine(branches, twin.Branches(conv.Layer));
                branches = HashCode.Combine(branches, twin.BatchBranches);
                if (problem.Plan.Step.OfType<SoftBoundaryLoss>().Any()) branches = HashCode.Combine(branches, Outside(twin));
                double magnitude = twin.Loss;
                if (problem.Plan.Step.OfType<DiscriminativeLoss>().SingleOrDefault() is { } split)
                    magnitude += 2 * split.Lambda * samples; // λ(1 − S/Sₜ) is a difference of two
                if (logDeterminant is not null)
                {
                    magnitude = twin.Distances.Zip(
                        twin[logDeterminant], (score, log) => Math.Abs(score + log) + Math.Abs(log)).Sum();
                }

                return (twin.Loss / samples, magnitude / samples, branches);
            },
            twin.State.Parameters, gradient, indices);
    }

    // Σ pull·output of one layer, by parameters and by its input.
    private static void CheckLayer(
        LayerSlots slots, int inputs, int outputs, int samples, Func<Activation, Activation, PlanOperation> forwardOf,
        Func<Activation, Activation, Activation, Activation, PlanOperation> backwardOf,
        Func<TwinInterpreter<double>, Activation, int> branches)
    {
        Activation input = new("input", inputs), output = new("output", outputs);
        Activation inputGradient = new("input.gradient", inputs), outputGradient = new("output.gradient", outputs);
        PlanOperation forward = forwardOf(input, output), backward = backwardOf(input, output, outputGradient, inputGradient);
        TwinInterpreter<double> twin = Bare(Bare(output, slots.Parameters, slots.Statistics), samples);
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
            return (terms.Sum(), terms.Sum(Math.Abs), branches(twin, output));
        }

        CentralDifferences.Check(Loss, twin.State.Parameters, gradient, [.. Enumerable.Range(0, gradient.Length)]);
        CentralDifferences.Check(Loss, x, towardsInput, [.. Enumerable.Range(0, x.Length)]);
    }

    private static Plan Bare(Activation output, TensorLayout parameters, TensorLayout statistics) => new()
    {
        Features = output.Width,
        Parameters = parameters,
        Statistics = statistics,
        Output = output,
        Scores = new Activation("score", 1),
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
        };
        return new TwinInterpreter<double>(plan, spec, new TwinState<double>(new ReplicaState(plan)));
    }

    // The tensors of one layer: a weight, and if asked for a bias and batch norm.
    private sealed class LayerSlots
    {
        public LayerSlots(int fanIn, int outputs, bool bias, string norm)
        {
            TensorSlot Parameter(string name, int columns) =>
                Parameters.Add(name, outputs, columns, Initialization.UniformWeight, fanIn, 0);
            TensorSlot Statistic(string name) => Statistics.Add(name, outputs, 1, Initialization.One, 0, 0);
            bool affine = norm == "affine";
            Weight = Parameter("weight", fanIn);
            if (bias) Bias = Parameter("bias", 1);
            if (norm == "none") return;
            Norm = new BatchNorm(
                Statistic("mean"), Statistic("variance"), affine ? Parameter("scale", 1) : null,
                affine ? Parameter("shift", 1) : null);
        }

        public TensorLayout Parameters { get; } = new();

        public TensorLayout Statistics { get; } = new();

        public TensorSlot Weight { get; }

        public TensorSlot? Bias { get; }

        public BatchNorm? Norm { get; }
    }

    private static int Outside(TwinInterpreter<double> twin) =>
        Branches(twin.Distances.Select(f => f - (twin.State.State[^1] * twin.State.State[^1])));

    // One number for which of the values are positive.
    private static int Branches(IEnumerable<double> values)
    {
        var hash = new HashCode();
        foreach (double value in values) hash.Add(value > 0);
        return hash.ToHashCode();
    }
}
