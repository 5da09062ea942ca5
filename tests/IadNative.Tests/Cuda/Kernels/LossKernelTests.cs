using System.Numerics;
using IadNative.Compute;
using IadNative.Cuda;
using IadNative.Cuda.Operations;
using IadNative.Probe;
using IadNative.Tests.Compute;
using IadNative.Tests.Compute.Twin;
using IadNative.Tests.Emulator;

namespace IadNative.Tests.Cuda.Kernels;

/// <summary>
/// f = ||o - t||^2; l = f, or nu R^2 + max(0, f - R^2) for the soft boundary; for a flow f = l = ||o||^2 / 2
/// + (d / 2) log 2 pi - log-determinant; losses w l and gradients d(1/B sum w l)/d o.
/// </summary>
[TestFixtureSource(typeof(KernelDevices), nameof(KernelDevices.Fixtures))]
internal sealed class LossKernelTests(Func<ICudaDriver> open) : KernelTests(open)
{
    private const float Nu = 0.3f;

    private static readonly ModelKind[] s_kinds =
        [ModelKind.OneClass, ModelKind.SoftBoundary, ModelKind.Reconstruction, ModelKind.NegativeLogLikelihood];

    public static readonly KernelExercise Exercise = new("loss.cu", driver =>
    {
        var bench = new Bench(driver);
        Loss(bench, ModelKind.OneClass, samples: 31, width: 33, replicas: 3);
        Loss(bench, ModelKind.SoftBoundary, samples: 33, width: 3, replicas: 3);
        Loss(bench, ModelKind.OneClass, samples: 9, width: 33, replicas: 3, isRoot: true);
        Loss(bench, ModelKind.Reconstruction, samples: 9, width: 65, replicas: 3, sharedTarget: true);
        Loss(bench, ModelKind.NegativeLogLikelihood, samples: 33, width: 36, replicas: 3);
        Behind(bench, ModelKind.OneClass, samples: 31, width: 33, replicas: 3);
        AddBatchLoss(bench, samples: 257, replicas: 3);
        AbsoluteLossKernelTests.Deviate(bench, samples: 33, replicas: 3);
    });

    [Test]
    public void Scores_losses_and_gradients_follow_the_formula(
        [ValueSource(nameof(s_kinds))] ModelKind kind, [Values(1, 2, 31, 33, 127, 257)] int samples)
    {
        foreach (var (width, replicas) in WidthsAndReplicas)
        {
            Loss(Bench, kind, samples, width, replicas);
            if (kind is ModelKind.OneClass or ModelKind.Reconstruction) Loss(Bench, kind, samples, width, replicas, isRoot: true);
        }
    }

    [Test]
    public void A_sample_at_its_point_has_no_distance_and_no_pull()
    {
        var problem = new Tensors(Bench, ModelKind.Reconstruction, [[3, 4, 1, 1]], [[0, 0, 1, 1]], [[0, 0]], [[2, 2]], [0], isRoot: true);
        problem.Launch(samples: 2, width: 2, replicas: 1);
        Assert.That(problem.Scores.Read("scores")[0], Is.EqualTo([5, 0]));
        Assert.That(problem.Gradient.Read("gradient")[0], Is.EqualTo([0.6f, 0.8f, 0, 0]).Within(1).Ulps);
        Assert.That(problem.GradientOf([[1, 1]], 2, 2, 1).Read("behind")[0], Is.EqualTo([0.6f, 0.8f, 0, 0]).Within(1).Ulps);
    }

    [Test]
    public void All_replicas_can_share_one_target([Values(1, 2, 31, 33, 127, 257)] int samples)
    {
        foreach (int width in Widths) Loss(Bench, ModelKind.Reconstruction, samples, width, replicas: 3, sharedTarget: true);
    }

    [Test]
    public void A_sample_on_the_boundary_does_not_pull()
    {
        var problem = new Tensors(Bench, ModelKind.SoftBoundary, [[3, 4, 3, 4.5f]], [[0, 0]], [[0, 0]], [[2, 2]], [5]);
        problem.Launch(samples: 2, width: 2, replicas: 1);
        Assert.That(problem.Scores.Read("scores")[0], Is.EqualTo([25, 29.25f]));
        Assert.That(problem.Losses.Read("losses")[0], Is.EqualTo([2 * (Nu * 25), 2 * ((Nu * 25) + 4.25f)]).Within(1).Ulps);
        Assert.That(problem.Gradient.Read("gradient")[0], Is.EqualTo([0, 0, 6, 9]));
    }

    [Test]
    public void A_score_that_is_no_number_makes_a_loss_that_is_none(
        [ValueSource(nameof(s_kinds))] ModelKind kind, [Values(float.NaN, float.PositiveInfinity)] float bad)
    {
        const int samples = 33, width = 3, place = 8;
        float[][] output = Blocks.Normal(new System.Random(1), 3, samples * width);
        output[1][(place * width) + 1] = bad;
        var random = new System.Random(2);
        float[][] point = Points(random, kind, 3, samples, width), logDeterminants = Blocks.Positive(random, 3, samples);
        var problem = new Tensors(Bench, kind, output, point, logDeterminants, Blocks.Positive(random, 3, samples), [1, 1, 1]);
        problem.Launch(samples, width, replicas: 3);
        Assert.That(problem.ScoreAlone(samples, width, 3).Read("in scoring"), Is.EqualTo(problem.Scores.Read("scores")));
        float[][] scores = problem.Scores.Read("scores"), losses = problem.Losses.Read("losses");
        float[][] gradient = problem.Gradient.Read("gradient");
        float expected = bad * bad;
        for (int r = 0; r < 3; r++)
        {
            for (int s = 0; s < samples; s++)
            {
                bool isBad = r == 1 && s == place;
                Assert.That(scores[r][s], isBad ? Is.EqualTo(expected) : Is.GreaterThan(0).And.LessThan(1000));
                Assert.That(losses[r][s], isBad ? Is.EqualTo(expected) : Is.GreaterThan(0).And.LessThan(1000));
                for (int j = 0; j < width; j++)
                    Assert.That(float.IsFinite(gradient[r][(s * width) + j]), Is.EqualTo(!isBad || j != 1));
            }
        }
    }

    [Test]
    public void A_log_determinant_that_is_no_number_makes_a_score_and_a_loss_that_are_none(
        [Values(float.NaN, float.PositiveInfinity, float.NegativeInfinity)] float bad)
    {
        const int samples = 9, place = 7;
        var random = new System.Random(1);
        float[][] output = Blocks.Normal(random, 1, samples), logDeterminants = Blocks.Normal(random, 1, samples);
        logDeterminants[0][place] = bad;
        var problem = new Tensors(
            Bench, ModelKind.NegativeLogLikelihood, output, [[0]], logDeterminants, Blocks.Positive(random, 1, samples), [1]);
        problem.Launch(samples, width: 1, replicas: 1);
        foreach (Blocks blocks in new[] { problem.Scores, problem.Losses, problem.ScoreAlone(samples, 1, 1) })
        {
            float[] actual = blocks.Read("scores and losses")[0];
            Assert.That(actual[place], Is.EqualTo(-bad));
            Assert.That(actual.Where((_, s) => s != place).All(float.IsFinite));
        }

        Assert.That(problem.Gradient.Read("gradient")[0].All(float.IsFinite));
    }

    [Test]
    public void The_gradient_behind_a_loss_of_the_whole_batch_has_the_bits_of_the_fused_one(
        [Values(ModelKind.OneClass, ModelKind.Reconstruction)] ModelKind kind, [Values(1, 2, 31, 33, 127, 257)] int samples)
    {
        foreach (var (width, replicas) in WidthsAndReplicas) Behind(Bench, kind, samples, width, replicas);
        if (kind == ModelKind.Reconstruction) Behind(Bench, kind, samples, width: 5, replicas: 3, sharedTarget: true);
    }

    [Test]
    public void A_batchs_losses_are_added_to_the_epochs_without_rounding(
        [Values(1, 2, 31, 33, 127, 256, 257, 1000)] int samples)
    {
        foreach (int replicas in ReplicaCounts) AddBatchLoss(Bench, samples, replicas);
    }

    private static void Behind(Bench bench, ModelKind kind, int samples, int width, int replicas, bool sharedTarget = false)
    {
        var random = new System.Random(samples + width);
        float[][] output = Blocks.Normal(random, replicas, samples * width);
        float[][] point = Points(random, kind, sharedTarget ? 1 : replicas, samples, width);
        float[][] weights = Blocks.Positive(random, replicas, samples);
        var tensors = new Tensors(bench, kind, output, point, weights, weights, new float[replicas]);
        tensors.Launch(samples, width, replicas);
        float[][] slopes = [.. weights.Select(values => values.Select(weight => weight / samples).ToArray())];
        Blocks gradient = tensors.GradientOf(slopes, samples, width, replicas);
        Assert.That(
            gradient.Read("behind"), Is.EqualTo(tensors.Gradient.Read("fused")), $"{kind}, {samples} x {width}, {replicas} replicas");
    }

    private static void Loss(
        Bench bench, ModelKind kind, int samples, int width, int replicas, bool sharedTarget = false, bool isRoot = false)
    {
        string what = $"{kind}, {samples} x {width}, {replicas} replicas, shared target {sharedTarget}, root {isRoot}";
        var random = new System.Random(samples + (1000 * width));
        float[][] output = Blocks.Normal(random, replicas, samples * width);
        float[][] point = Points(random, kind, sharedTarget ? 1 : replicas, samples, width);
        float[][] logDeterminants = Blocks.Normal(random, replicas, samples);
        float[][] weights = Blocks.Positive(random, replicas, samples);
        foreach (float[] values in weights)
        {
            for (int s = 0; s < samples; s += 3) values[s] = 0;
        }

        float[] radius = [.. Enumerable.Range(0, replicas).Select(r => Radius(output[r], Point(r), width))];
        var tensors = new Tensors(bench, kind, output, point, logDeterminants, weights, radius, isRoot);
        tensors.Launch(samples, width, replicas);
        float[][] scores = tensors.Scores.Read(what), losses = tensors.Losses.Read(what);
        float[][] gradient = tensors.Gradient.Read(what);
        Assert.That(tensors.ScoreAlone(samples, width, replicas).Read(what), Is.EqualTo(scores), $"{what}: in scoring");
        for (int r = 0; r < replicas; r++)
        {
            Result<T> Reference<T>(bool backwards)
                where T : IFloatingPointIeee754<T> =>
                ReferenceLoss<T>(kind, output[r], Point(r), logDeterminants[r], weights[r], radius[r], width, backwards, isRoot);

            Result<double> exact = Reference<double>(false);
            Result<float>[] naive = [Reference<float>(false), Reference<float>(true)];
            Tolerance.Check(scores[r], exact.Scores, [.. naive.Select(result => result.Scores)], $"{what}, replica {r}, f");
            Tolerance.Check(losses[r], exact.Losses, [.. naive.Select(result => result.Losses)], $"{what}, replica {r}, w l");
            Tolerance.Check(
                gradient[r], exact.Gradient, [.. naive.Select(result => result.Gradient)], $"{what}, replica {r}, gradient");
            for (int s = 0; s < samples; s += 3)
            {
                Assert.That(losses[r][s], Is.Zero, $"{what}: weight 0");
                Assert.That(gradient[r].AsSpan(s * width, width).ContainsAnyExcept(0f), Is.False, $"{what}: weight 0");
            }
        }

        float[] Point(int r) => point[point.Length == 1 ? 0 : r];
    }

    /// <summary>What outputs are measured from: each sample's target, the replica's center, or the origin.</summary>
    private static float[][] Points(System.Random random, ModelKind kind, int replicas, int samples, int width) => kind switch
    {
        ModelKind.Reconstruction => Blocks.Normal(random, replicas, samples * width),
        ModelKind.NegativeLogLikelihood => [[0]],
        _ => Blocks.Normal(random, replicas, width),
    };

    /// <summary>A radius midway between the middle two samples, so that none lies so close that rounding decides.</summary>
    private static float Radius(float[] output, float[] point, int width)
    {
        double[] sorted =
        [
            .. output.Select((o, i) => Math.Pow((double)o - point[i % point.Length], 2))
                .Chunk(width).Select(Enumerable.Sum).Order(),
        ];
        double below = sorted.Length == 1 ? 0 : sorted[(sorted.Length / 2) - 1];
        return (float)Math.Sqrt((below + sorted[sorted.Length / 2]) / 2);
    }

    private static Result<T> ReferenceLoss<T>(
        ModelKind kind, float[] output, float[] point, float[] logDeterminants, float[] weights, float radius, int width,
        bool backwards, bool isRoot)
        where T : IFloatingPointIeee754<T>
    {
        T[] difference =
            [.. output.Select((o, i) => T.CreateChecked(o) - T.CreateChecked(point[i % point.Length]))];
        var result = new Result<T>(new T[weights.Length], new T[weights.Length], new T[output.Length]);
        T square = T.CreateChecked(radius) * T.CreateChecked(radius);
        for (int s = 0; s < weights.Length; s++)
        {
            T score = T.Zero, weight = T.CreateChecked(weights[s]);
            for (int k = 0; k < width; k++)
            {
                T value = difference[(s * width) + (backwards ? width - 1 - k : k)];
                score += value * value;
            }

            bool isSoft = kind == ModelKind.SoftBoundary, isFlow = kind == ModelKind.NegativeLogLikelihood;
            if (isFlow)
            {
                T constant = T.CreateChecked(width) * T.CreateChecked(Math.Log(2 * Math.PI) / 2);
                score = (T.CreateChecked(0.5) * score) + constant - T.CreateChecked(logDeterminants[s]);
            }

            if (isRoot) score = T.Sqrt(score);
            T loss = isSoft ? (T.CreateChecked(Nu) * square) + T.Max(T.Zero, score - square) : score;
            T pull = isSoft && score <= square ? T.Zero : T.CreateChecked(isFlow ? 1 : 2);
            if (isRoot) pull = T.One / score;
            result.Scores[s] = score;
            result.Losses[s] = weight * loss;
            for (int j = 0; j < width; j++)
            {
                result.Gradient[(s * width) + j] =
                    pull * weight * difference[(s * width) + j] / T.CreateChecked(weights.Length);
            }
        }

        return result;
    }

    private static void AddBatchLoss(Bench bench, int samples, int replicas)
    {
        const int batches = 2;
        var random = new System.Random(samples);
        // Multiples of 2^-20: in float64 every sum of them is exact, in float32 it is not.
        double Next() => random.Next(1 << 20) * Math.ScaleB(1, -20);
        double[] expected = [.. Enumerable.Range(0, replicas).Select(_ => 100 * Next())];
        ulong sums = bench.Driver.Upload<double>(expected);
        for (int batch = 0; batch < batches; batch++)
        {
            float[][] losses =
                [.. Enumerable.Range(0, replicas).Select(_ => Problem.Values(samples, () => (float)Next()))];
            bench.Launch(
                CudaScore.AddBatchLoss,
                new()
                {
                    Losses = Blocks.Input(bench.Driver, losses, samples + 3).Address,
                    EpochLoss = sums,
                    BatchStride = samples + 3,
                    Samples = samples,
                },
                replicas);
            for (int r = 0; r < replicas; r++) expected[r] += losses[r].Sum(loss => (double)loss);
        }

        Assert.That(
            bench.Driver.Download<double>(sums, replicas), Is.EqualTo(expected), $"{samples} samples, {replicas} replicas");
    }

    private sealed record Result<T>(T[] Scores, T[] Losses, T[] Gradient);

    /// <summary>A batch on the device. What a kind of loss does not use is a null address.</summary>
    private sealed class Tensors(
        Bench bench, ModelKind kind, float[][] output, float[][] point, float[][] logDeterminants, float[][] weights,
        float[] radius, bool isRoot = false)
    {
        private readonly int _stride = output[0].Length + 5, _batchStride = weights[0].Length + 3;
        private readonly int _scoresStride = weights[0].Length + 4;
        private readonly ulong _output = Blocks.Input(bench.Driver, output, output[0].Length + 5).Address;
        private readonly ulong _weights = Blocks.Input(bench.Driver, weights, weights[0].Length + 3).Address;
        private readonly ulong _radius = kind == ModelKind.SoftBoundary ? bench.Driver.Upload<float>(radius) : 0;
        private readonly ulong _target = kind == ModelKind.Reconstruction
            ? Blocks.Input(bench.Driver, point, point[0].Length + 6).Address
            : 0;
        private readonly ulong _center = kind is ModelKind.OneClass or ModelKind.SoftBoundary
            ? bench.Driver.Upload<float>([.. point.SelectMany(values => values)])
            : 0;
        private readonly ulong _logDeterminants = kind == ModelKind.NegativeLogLikelihood
            ? Blocks.Input(bench.Driver, logDeterminants, weights[0].Length + 3).Address
            : 0;

        public Blocks Scores { get; } = PerSample(bench, weights, weights[0].Length + 4);

        public Blocks Losses { get; } = PerSample(bench, weights, weights[0].Length + 3);

        public Blocks Gradient { get; } = Blocks.Output(bench.Driver, output.Length, output[0].Length, output[0].Length + 5);

        public void Launch(int samples, int width, int replicas) => bench.Launch(
            CudaScore.WeightedLoss,
            Arguments(samples, width) with
            {
                Radius = _radius,
                Weights = _weights,
                Scores = Scores.Address,
                Losses = Losses.Address,
                Gradient = Gradient.Address,
                Nu = Nu,
            },
            replicas);

        public Blocks ScoreAlone(int samples, int width, int replicas)
        {
            Blocks scores = PerSample(bench, weights, _scoresStride);
            bench.Launch(CudaScore.ScoreOutput, Arguments(samples, width) with { Scores = scores.Address }, replicas);

            // In a pass over rows, whose chunk begins behind others' scores.
            const int before = 3;
            Blocks inPass = PerSample(bench, weights, _scoresStride);
            ulong cursor = bench.Driver.Upload<CursorRecord>([new() { Start = 9, Epoch = 2, Round = 3, Chunk = before }]);
            bench.Launch(
                CudaScore.ScoreOutput,
                Arguments(samples, width) with { Scores = inPass.Address - (before * sizeof(float)), Cursor = cursor }, replicas);
            Assert.That(inPass.Read("in a pass"), Is.EqualTo(scores.Read("alone")));
            Assert.That(
                bench.Driver.Download<CursorRecord>(cursor, 1)[0],
                Is.EqualTo(new CursorRecord { Start = before + samples, Epoch = 2, Round = 3, Chunk = before }));
            return scores;
        }

        public Blocks GradientOf(float[][] scoreGradient, int samples, int width, int replicas)
        {
            Blocks gradient = Blocks.Output(bench.Driver, output.Length, output[0].Length, _stride);
            bench.Launch(
                CudaSquaredDistanceBackward.Kernel,
                new()
                {
                    Output = _output,
                    Target = _target,
                    Center = _center,
                    ScoreGradient = Blocks.Input(bench.Driver, scoreGradient, _batchStride).Address,
                    Root = isRoot ? Blocks.Input(bench.Driver, Scores.Read("scores"), _batchStride).Address : 0,
                    Gradient = gradient.Address,
                    Stride = _stride,
                    TargetStride = point.Length == 1 ? 0 : point[0].Length + 6,
                    BatchStride = _batchStride,
                    Width = width,
                    Samples = samples,
                },
                replicas);
            return gradient;
        }

        private static Blocks PerSample(Bench bench, float[][] weights, int stride) =>
            Blocks.Output(bench.Driver, weights.Length, weights[0].Length, stride);

        private LossArguments Arguments(int samples, int width) => new()
        {
            Output = _output,
            Target = _target,
            Center = _center,
            LogDeterminants = _logDeterminants,
            Stride = _stride,
            TargetStride = point.Length == 1 ? 0 : point[0].Length + 6,
            ScoresStride = _scoresStride,
            BatchStride = _batchStride,
            Width = width,
            Samples = samples,
            IsRoot = isRoot ? 1 : 0,
            Kind = (int)kind,
        };
    }
}
