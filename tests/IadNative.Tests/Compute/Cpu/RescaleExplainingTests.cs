using IadNative.Compute;
using IadNative.Compute.Cpu;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Operations;
using IadNative.Data;
using IadNative.Networks;
using IadNative.Probe;
using IadNative.Tests.Compute.Twin;

namespace IadNative.Tests.Compute.Cpu;

/// <summary>Contributions by the rescale rule, against the rule in float64.</summary>
[TestFixture(typeof(Lanes1))]
[TestFixture(typeof(Lanes128))]
[TestFixture(typeof(Lanes256))]
[TestFixture(typeof(Lanes512))]
internal sealed class RescaleExplainingTests<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    private const int Rows = 41;

    private static readonly string[] s_networks =
        ["1", "17-8", "33-16-5", "64-64", "4x8-conv4-conv5-6-3", "8x8-conv1-2", "8x12-conv7-conv9-5"];

    private static IEnumerable<TestCaseData> Cases =>
        from shape in s_networks
        from norm in (bool[])[true, false]
        from kind in Enum.GetValues<Kind>()
        select new TestCaseData(shape, norm, kind).SetArgDisplayNames(shape, norm ? "batch norm" : "plain", kind.ToString());

    /// <summary>What ends in a score that is no sum over features.</summary>
    internal enum Kind
    {
        Distance,
        Output,
        Kernel,
    }

    [TestCaseSource(nameof(Cases))]
    public void Contributions_follow_the_rule_and_sum_to_the_difference_of_scores(string shape, bool norm, Kind kind)
    {
        Setup setup = new(shape, norm, kind);
        TwinInterpreter<double> exact = setup.Twin<double>();
        TwinInterpreter<float>[] naive = [setup.Twin<float>(), setup.Twin<float>(backwards: true), setup.Twin<float>(denseBackwards: true)];
        int[] all = [.. Enumerable.Range(0, Rows)];
        double[] scores = [.. exact.Score(all)];
        double[][] expected = [.. all.Skip(1).Select(row => exact.Contributions(row, 0))];
        IEnumerable<int[]> blocks = all.Skip(1).Chunk(CpuScorer.ExplainedRows - 1);
        float[][] actual = [.. blocks.SelectMany(rows => setup.Explain(rows)[setup.Features..].Chunk(setup.Features))];
        for (int row = 1; row < Rows; row++)
        {
            double[] own = expected[row - 1];
            Assert.That(own.Sum(), Is.EqualTo(scores[row] - scores[0]).Within(1e-9 * (1 + own.Sum(Math.Abs))), "the rule");
            Assert.That(setup.Explain([row]), Is.EqualTo((float[])[.. new float[setup.Features], .. actual[row - 1]]), $"row {row} alone");
        }

        Tolerance.Check(
            [.. actual.SelectMany(own => own)], [.. expected.SelectMany(own => own)],
            [.. naive.Select(twin => (float[])[.. all.Skip(1).SelectMany(row => twin.Contributions(row, 0))])], "contributions");
    }

    // A reference of the sample's own numbers, and one next to it.
    [Test]
    public void What_is_as_the_reference_contributes_nothing([ValueSource(nameof(s_networks))] string shape, [Values] Kind kind)
    {
        Setup setup = new(shape, norm: true, kind);
        float[] reference = setup.Data[..setup.Features], rows = [.. reference, .. reference, .. reference];
        rows[(2 * setup.Features) + (setup.Features / 2)] += 1e-3f;
        float[] contributions = setup.Explain(rows);
        Assert.That(contributions[..(2 * setup.Features)], Is.All.Zero);
        Assert.That(contributions, Has.None.NaN);
        for (int j = 0; j < setup.Features; j++)
            if (j != setup.Features / 2) Assert.That(contributions[(2 * setup.Features) + j], Is.Zero);
    }

    [Test]
    public void Explaining_allocates_nothing([ValueSource(nameof(s_networks))] string shape, [Values] Kind kind)
    {
        Setup setup = new(shape, norm: true, kind);
        float[] rows = setup.Data[..(CpuScorer.ExplainedRows * setup.Features)], contributions = new float[rows.Length];
        Assert.That(Allocations.Of(() => setup.Scorer.Contributions(setup.Network, rows, contributions)), Is.Zero);
    }

    private sealed class Setup
    {
        private readonly Plan _plan;
        private readonly SessionSpec _spec;
        private readonly ReplicaState _state;

        public Setup(string shape, bool norm, Kind kind)
        {
            NetworkSpec network = NetworkSpec.Parse(shape) with { Affine = norm, Bias = true, BatchNorm = norm };
            Features = network.Image?.Pixels ?? 9;
            var problem = new Problem(network, Features, Rows, kind == Kind.Output ? ModelKind.Ordinal : ModelKind.OneClass);
            (_plan, _spec, _state) = (problem.Plan, problem.Spec, problem.States[0]);
            if (kind == Kind.Kernel)
            {
                _plan = BaseModel.AutoencodingGaussianProcess.FilledFor(300).WritePlan(network, Features, 1);
                var random = new System.Random(Features);
                _state = new ReplicaState(_plan);
                float[] state = _state.State;
                Problem.Values(state.Length, () => Problem.Gauss(random)).CopyTo(state, 0);
                Problem.Values(_state.Parameters.Length, () => 0.3f * Problem.Gauss(random)).CopyTo(_state.Parameters, 0);
                Problem.Values(_state.Statistics.Length, () => 0.5f + random.NextSingle()).CopyTo(_state.Statistics, 0);
                KernelRegression kernel = (KernelRegression)_plan.Scoring[^1];
                for (int i = 0; i < kernel.Points.Rows; i++)
                {
                    Span<float> point = state.AsSpan(kernel.Points.Offset + (i * kernel.Points.Columns), kernel.Points.Columns);
                    double length = Math.Sqrt(point.ToArray().Sum(x => (double)x * x));
                    foreach (ref float x in point) x = (float)(x / length);
                }
            }

            Data = _spec.Data.Array!;
            Scorer = new CpuScorer<TLanes>(_plan);
            Network = Scorer.CreateNetwork(_spec.Scaler);
            Network.Fold(_state.Parameters, _state.Statistics, _state.State);
        }

        public int Features { get; }

        public float[] Data { get; }

        public CpuScorer<TLanes> Scorer { get; }

        public FoldedNetwork Network { get; }

        public TwinInterpreter<T> Twin<T>(bool backwards = false, bool denseBackwards = false)
            where T : System.Numerics.IFloatingPointIeee754<T> =>
            new(_plan, _spec, new TwinState<T>(_state)) { Backwards = backwards, DenseBackwards = denseBackwards };

        /// <summary>Of the first row, the reference, and of others.</summary>
        public float[] Explain(int[] rows) =>
            Explain([.. Data.AsSpan(0, Features), .. rows.SelectMany(row => Data[(row * Features)..((row + 1) * Features)])]);

        public float[] Explain(float[] rows)
        {
            float[] contributions = new float[rows.Length];
            Scorer.Contributions(Network, rows, contributions);
            return contributions;
        }
    }
}
