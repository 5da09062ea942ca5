using System.Numerics;
using IadNative.Compute.Operations;
using IadNative.Cuda;
using IadNative.Cuda.Operations;
using IadNative.Tests.Compute;
using IadNative.Tests.Emulator;

namespace IadNative.Tests.Cuda.Kernels;

/// <summary>
/// Adam with weight decay in the gradient; m and v are its moments, t counts from 1:
/// p -= rate / (1 - b1^t) m / (sqrt(v / (1 - b2^t)) + eps).
/// </summary>
[TestFixtureSource(typeof(KernelDevices), nameof(KernelDevices.Fixtures))]
internal sealed class AdamKernelTests(Func<ICudaDriver> open) : KernelTests(open)
{
    private const float Beta1 = 0.9f, Beta2 = 0.999f, Epsilon = 1e-8f;
    private const double Rate = 1e-3;
    private const int Samples = 7;

    public static readonly KernelExercise Exercise = new("adam.cu", driver =>
    {
        var bench = new Bench(driver);
        Train(bench, length: 257, steps: [0, 3, 1000], updates: 2, decay: 1e-3f);
    });

    [Test]
    public void Parameters_and_moments_of_every_replica_follow_the_formula(
        [Values(1, 2, 31, 33, 127, 257, 1025)] int length, [Values(0f, 1e-3f)] float decay)
    {
        Train(Bench, length, steps: [0], updates: 5, decay);
        Train(Bench, length, steps: [0, 4, 1_000_000], updates: 5, decay);
    }

    [Test]
    public void Without_gradient_and_decay_a_fresh_parameter_stays()
    {
        float[][] p = Blocks.Normal(new System.Random(1), 1, 33);
        var run = new Run(Bench, p, [new float[33]], [new float[33]], [0]);
        run.Update(new float[33], decay: 0);
        Assert.That(run.Parameters.Read("parameters")[0], Is.EqualTo(p[0]));
    }

    [Test]
    public void Moments_and_squares_are_zero_below_their_least_ones_and_NaN_is_not()
    {
        float[] first = [.. Around(1e-30f / Beta1), 0, float.Epsilon, 1e-39f, 1, float.NaN], second = [.. Around(1e-36f / Beta2)];
        float[] gradient = [.. Around(1e-17f), float.Epsilon, 1e-39f];
        float[] m = [.. first, .. first.Select(value => -value), .. new float[second.Length + gradient.Length]];
        float[] v = [.. new float[2 * first.Length], .. second, .. gradient.Select(_ => 2e-36f)];
        float[] g = [.. new float[(2 * first.Length) + second.Length], .. gradient];
        var run = new Run(Bench, [[.. g.Select(_ => 0.5f)]], [m], [v], [1000]);
        run.Update(g, decay: 0);
        float[] actualFirst = run.First.Read("m")[0], actualSecond = run.Second.Read("v")[0];
        for (int i = 0; i < 2 * first.Length; i++)
            Assert.That(actualFirst[i], Is.EqualTo(Math.Abs(Beta1 * m[i]) < 1e-30f ? 0 : Beta1 * m[i]), $"first moment {m[i]:R}");
        for (int i = 2 * first.Length; i < g.Length; i++)
        {
            double square = g[i] < 1e-17f ? 0 : (double)(1 - Beta2) * g[i] * g[i], exact = ((double)Beta2 * v[i]) + square;
            Assert.That(
                actualSecond[i], Is.EqualTo(Beta2 * v[i] < 1e-36f ? 0 : exact).Within(1e-42), $"second moment {v[i]:R}, gradient {g[i]:R}");
        }

        static float[] Around(float least) => [least, MathF.BitDecrement(least), MathF.BitIncrement(least), 0.9f * least, 2 * least];
    }

    [Test]
    public void A_part_of_the_parameters_takes_steps_of_its_own_size_with_moments_of_their_own([Values(1, 3)] int replicas)
    {
        const int length = 70, first = 13, part = 33, momentStride = 200, set = 80;
        var random = new System.Random(3);
        float[][] p = Blocks.Normal(random, replicas, length), g = Blocks.Normal(random, replicas, length);
        float[][] m = Blocks.Normal(random, replicas, momentStride - 1), v = Blocks.Positive(random, replicas, momentStride - 1);
        Blocks parameters = Blocks.Input(Bench.Driver, p, length + 1);
        Blocks firsts = Blocks.Input(Bench.Driver, m, momentStride), seconds = Blocks.Input(Bench.Driver, v, momentStride);
        ulong corrections = Bench.Driver.Upload<float>([.. Enumerable.Repeat(new float[] { 0.01f, 2 }, replicas).SelectMany(pair => pair)]);
        Bench.Launch(
            CudaAdamStep.Kernel,
            new()
            {
                Parameters = parameters.Address + (first * sizeof(float)),
                Gradient = Blocks.Input(Bench.Driver, g, length + 1).Address + (first * sizeof(float)),
                First = firsts.Address + ((set + first) * sizeof(float)),
                Second = seconds.Address + ((set + first) * sizeof(float)),
                Corrections = corrections,
                Stride = length + 1,
                MomentStride = momentStride,
                Length = part,
                Factor = 10,
                Rule = new() { Beta1 = Beta1, Beta2 = Beta2, Epsilon = Epsilon },
            },
            replicas);
        float[][] actual = parameters.Read("parameters"), actualFirst = firsts.Read("m"), actualSecond = seconds.Read("v");
        for (int r = 0; r < replicas; r++)
        {
            for (int i = 0; i < momentStride - 1; i++)
            {
                bool isIn = i >= set + first && i < set + first + part;
                double own = isIn ? (Beta1 * m[r][i]) + ((1 - Beta1) * g[r][i - set]) : m[r][i];
                double square = isIn ? (Beta2 * v[r][i]) + ((1 - Beta2) * g[r][i - set] * g[r][i - set]) : v[r][i];
                Assert.That(Math.Abs(actualFirst[r][i] - own) <= (isIn ? 1e-6 : 0), $"m {i}");
                Assert.That(Math.Abs(actualSecond[r][i] - square) <= (isIn ? 1e-6 : 0), $"v {i}");
            }

            for (int i = 0; i < length; i++)
            {
                bool isIn = i >= first && i < first + part;
                double step = isIn ? 10 * 0.01 * actualFirst[r][set + i] / ((Math.Sqrt(actualSecond[r][set + i]) * 2) + Epsilon) : 0;
                Assert.That(Math.Abs(actual[r][i] - (p[r][i] - step)) <= (isIn ? 1e-6 : 0), $"p {i}");
            }
        }
    }

    private static void Train(Bench bench, int length, long[] steps, int updates, float decay)
    {
        int replicas = steps.Length;
        var random = new System.Random(length);
        float[][] p = Blocks.Normal(random, replicas, length), m = new float[replicas][], v = new float[replicas][];
        for (int r = 0; r < replicas; r++)
        {
            bool isFresh = steps[r] == 0;
            m[r] = isFresh ? new float[length] : [.. Blocks.Normal(random, 1, length)[0].Select(value => 0.1f * value)];
            v[r] = isFresh ? new float[length] : Blocks.Positive(random, 1, length)[0];
        }

        var run = new Run(bench, p, m, v, steps);
        Twin<double>[] exact = [.. Enumerable.Range(0, replicas).Select(r => new Twin<double>(p[r], m[r], v[r], steps[r]))];
        Twin<float>[] naive = [.. Enumerable.Range(0, replicas).Select(r => new Twin<float>(p[r], m[r], v[r], steps[r]))];
        for (int update = 1; update <= updates; update++)
        {
            float[][] g = Blocks.Normal(random, replicas, length);
            run.Update(g, decay);
            string what = $"length {length}, {replicas} replicas, decay {decay}, update {update}";
            float[][] parameters = run.Parameters.Read(what), first = run.First.Read(what), second = run.Second.Read(what);
            for (int r = 0; r < replicas; r++)
            {
                exact[r].Update(g[r], decay);
                naive[r].Update(g[r], decay);
                Tolerance.Check(parameters[r], exact[r].Parameters, [naive[r].Parameters], $"{what}, replica {r}, p");
                Tolerance.Check(first[r], exact[r].First, [naive[r].First], $"{what}, replica {r}, m");
                Tolerance.Check(second[r], exact[r].Second, [naive[r].Second], $"{what}, replica {r}, v");
            }
        }
    }

    /// <summary>Parameters on the device.</summary>
    private sealed class Run(Bench bench, float[][] parameters, float[][] first, float[][] second, long[] steps)
    {
        private readonly int _length = parameters[0].Length, _stride = parameters[0].Length + 7, _replicas = steps.Length;
        private readonly ulong _cursor = bench.Driver.Upload<CursorRecord>([new() { Start = 5, Epoch = 2, Round = 3, Chunk = 5 }]);
        private readonly long[] _steps = [.. steps];
        private int _start = 5;

        public Blocks Parameters { get; } = Blocks.Input(bench.Driver, parameters, parameters[0].Length + 7);

        public Blocks First { get; } = Blocks.Input(bench.Driver, first, first[0].Length + 7);

        public Blocks Second { get; } = Blocks.Input(bench.Driver, second, second[0].Length + 7);

        public void Update(float[] gradient, float decay) => Update([gradient], decay);

        public void Update(float[][] gradient, float decay)
        {
            for (int replica = 0; replica < _replicas; replica++) _steps[replica]++;
            bench.Launch(
                CudaAdamStep.Kernel,
                new()
                {
                    Parameters = Parameters.Address,
                    Gradient = Blocks.Input(bench.Driver, gradient, _stride).Address,
                    First = First.Address,
                    Second = Second.Address,
                    Corrections = bench.Driver.Upload<float>([.. _steps.SelectMany(Corrections)]),
                    Cursor = _cursor,
                    Stride = _stride,
                    MomentStride = _stride,
                    Length = _length,
                    Samples = Samples,
                    Factor = 1,
                    Rule = AdamRule.Of(decay),
                },
                _replicas);
            _start += Samples;
            Assert.That(
                bench.Driver.Download<CursorRecord>(_cursor, 1)[0],
                Is.EqualTo(new CursorRecord { Start = _start, Epoch = 2, Round = 3, Chunk = 5 }));
        }

        private static float[] Corrections(long step) =>
            [(float)(Rate / (1 - Math.Pow(Beta1, step))), (float)(1 / Math.Sqrt(1 - Math.Pow(Beta2, step)))];
    }

    /// <summary>The parameters of one replica, by the formula as it stands.</summary>
    private sealed class Twin<T>(float[] parameters, float[] first, float[] second, long steps)
        where T : IFloatingPointIeee754<T>
    {
        private long _step = steps;

        public T[] Parameters { get; } = [.. parameters.Select(T.CreateChecked)];

        public T[] First { get; } = [.. first.Select(T.CreateChecked)];

        public T[] Second { get; } = [.. second.Select(T.CreateChecked)];

        public void Update(float[] gradient, float decay)
        {
            _step++;
            T b1 = T.CreateChecked(Beta1), b2 = T.CreateChecked(Beta2);
            for (int i = 0; i < gradient.Length; i++)
            {
                T g = T.CreateChecked(gradient[i]) + (T.CreateChecked(decay) * Parameters[i]);
                First[i] = (b1 * First[i]) + ((T.One - b1) * g);
                Second[i] = (b2 * Second[i]) + ((T.One - b2) * g * g);
                T rate = T.CreateChecked(Rate / (1 - Math.Pow(Beta1, _step)));
                T second = Second[i] * T.CreateChecked(1 / (1 - Math.Pow(Beta2, _step)));
                Parameters[i] -= rate * First[i] / (T.Sqrt(second) + T.CreateChecked(Epsilon));
            }
        }
    }
}
