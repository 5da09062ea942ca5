using IadNative.Compute;
using IadNative.Compute.Cpu;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Cpu.Scoring;
using IadNative.Compute.Cpu.Stacked;
using IadNative.Data;
using IadNative.Models;
using IadNative.Networks;
using IadNative.Probe;
using IadNative.Tests.Compute.Twin;

namespace IadNative.Tests.Compute.Cpu;

[TestFixture(typeof(Lanes1))]
[TestFixture(typeof(Lanes128))]
[TestFixture(typeof(Lanes256))]
[TestFixture(typeof(Lanes512))]
internal sealed class StackedScorerTests<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    private const int Width = 11, Rows = 29;

    // The models whose scoring is stacked.
    private static readonly ModelKind[] s_kinds = [.. Enum.GetValues<ModelKind>().Where(kind =>
        StackedOperations.AllKnown(ModelPlans.Build(new NetworkSpec(3), 4, kind)))];

    private static IEnumerable<TestCaseData> Shapes
    {
        get
        {
            foreach (ModelKind kind in s_kinds)
            {
                for (int features = 1; features <= 9; features++)
                    yield return Case(kind, $"{17 - features}-{(2 * features) + 1}", features, members: features + 8, batchNorm: features % 2 == 0);
                yield return Case(kind, "16-8", features: 6, members: 1, batchNorm: false);
                for (int members = 2; members <= 8; members++) yield return Case(kind, "5-3", features: 4, members, batchNorm: true);
                yield return Case(kind, "16-16", features: 8, members: 75, batchNorm: false);
            }

            static TestCaseData Case(ModelKind kind, string network, int features, int members, bool batchNorm) =>
                new TestCaseData(kind, network, features, members, batchNorm).SetArgDisplayNames(
                    kind.ToString(), network, $"{features} features", $"{members} members", batchNorm ? "batch norm" : "plain");
        }
    }

    // Per row the engine's own scores of each network, one by one, and those in float64 are what the stack is held to.
    [TestCaseSource(nameof(Shapes))]
    public void Scores_are_those_of_each_network_alone_and_exact_to_rounding(
        ModelKind kind, string network, int features, int members, bool batchNorm)
    {
        var stack = new Committee(kind, network, features, members, batchNorm);
        float[] scores = stack.Score(stack.Data);
        for (int member = 0; member < members; member++)
        {
            float[] own = [.. Enumerable.Range(0, Rows).Select(row => scores[(row * stack.Stride) + member])];
            double[] exact = stack.Twin<double>(member);
            Tolerance.Check(own, exact, [stack.Twin<float>(member), stack.Alone(member)], $"member {member}");
        }
    }

    // By the engine's own contributions of each network, one by one.
    [TestCaseSource(nameof(Shapes))]
    public void Contributions_are_those_of_each_network_alone_times_its_factor(
        ModelKind kind, string network, int features, int members, bool batchNorm)
    {
        var stack = new Committee(kind, network, features, members, batchNorm);
        foreach (int count in (int[])[2, 7, CpuScorer.ExplainedRows])
        {
            float[] factors = [.. Enumerable.Range(0, count * stack.Stride).Select(i => 0.25f + (i % 7))];
            double[] actual = new double[count * Width], expected = new double[count * Width], magnitude = new double[count * Width];
            stack.AddContributions(stack.Data.AsSpan(0, count * Width), factors, actual);
            for (int member = 0; member < members; member++)
            {
                float[] own = stack.Contributions(member, count);
                for (int i = features; i < own.Length; i++)
                {
                    (int row, int j) = Math.DivRem(i, features);
                    int place = (row * Width) + stack.Features[member][j];
                    double factor = factors[(row * stack.Stride) + member];
                    expected[place] += factor * ((double)own[i] - own[j]);
                    magnitude[place] += factor * (1 + Math.Abs(own[i]) + Math.Abs(own[j]));
                }
            }

            Assert.That(actual[..Width], Is.All.Zero);
            for (int i = 0; i < actual.Length; i++)
                Assert.That(Math.Abs(actual[i] - expected[i]) <= 2e-5 * magnitude[i], $"{count} rows, {i}: {actual[i]} for {expected[i]}");
        }
    }

    [TestCaseSource(nameof(Shapes))]
    public void A_row_scores_the_same_bits_alone_and_anywhere_among_others(
        ModelKind kind, string network, int features, int members, bool batchNorm)
    {
        var stack = new Committee(kind, network, features, members, batchNorm);
        float[] all = stack.Score(stack.Data);
        for (int length = 1; length <= Rows; length++)
        {
            foreach (int start in new[] { 0, (Rows - length) / 2, Rows - length })
            {
                float[] some = stack.Score(stack.Data.AsSpan(start * Width, length * Width));
                Assert.That(some, Is.EqualTo(all[(start * stack.Stride)..((start + length) * stack.Stride)]), $"{length} rows from {start}");
            }
        }
    }

    // A member does not depend on its lane or on who shares its vector.
    [Test]
    public void A_member_scores_the_same_bits_in_any_lane([ValueSource(nameof(s_kinds))] ModelKind kind)
    {
        var stack = new Committee(kind, "16-8", features: 5, members: 19, batchNorm: true);
        float[] scores = stack.Score(stack.Data);
        for (int first = 1; first < 19; first += 3)
        {
            float[] fewer = stack.Score(stack.Data, first, out int stride);
            for (int row = 0; row < Rows; row++)
            {
                Assert.That(
                    fewer[(row * stride)..((row * stride) + 19 - first)],
                    Is.EqualTo(scores[((row * stack.Stride) + first)..((row * stack.Stride) + 19)]));
            }
        }
    }

    [Test]
    public void A_feature_that_is_not_finite_spoils_its_row_for_those_who_see_it_alone([ValueSource(nameof(s_kinds))] ModelKind kind)
    {
        var stack = new Committee(kind, "16-8", features: 3, members: 21, batchNorm: false);
        float[] clean = stack.Score(stack.Data);
        for (int feature = 0; feature < Width; feature++)
        {
            float[] damaged = [.. stack.Data];
            damaged[(7 * Width) + feature] = float.NaN;
            float[] spoiled = stack.Score(damaged);
            for (int member = 0; member < 21; member++)
            {
                ref float score = ref spoiled[(7 * stack.Stride) + member];
                Assert.That(float.IsNaN(score), Is.EqualTo(stack.Features[member].Contains(feature)), $"feature {feature}, member {member}");
                score = clean[(7 * stack.Stride) + member];
            }

            for (int row = 0; row < Rows; row++)
                Assert.That(spoiled.AsSpan(row * stack.Stride, 21).SequenceEqual(clean.AsSpan(row * stack.Stride, 21)), $"row {row}");
        }
    }

    [Test]
    public void Scoring_allocates_nothing([ValueSource(nameof(s_kinds))] ModelKind kind, [Values(1, Rows)] int rows)
    {
        var stack = new Committee(kind, "16-8", features: 4, members: 17, batchNorm: true);
        float[] scores = new float[rows * stack.Stride];
        Assert.That(Allocations.Of(() => stack.Score(stack.Data.AsSpan(0, rows * Width), scores)), Is.Zero);
    }

    [Test]
    public void Small_networks_are_stacked_where_there_are_several_and_convolutions_never()
    {
        Plan small = ModelPlans.Build(NetworkSpec.Parse("16-8"), 8, ModelKind.OneClass, MadeDegrees.Spread);
        Plan large = ModelPlans.Build(NetworkSpec.Parse("128-64"), 100, ModelKind.OneClass, MadeDegrees.Spread);
        Plan image = ModelPlans.Build(NetworkSpec.Parse("conv2-4"), 64, ModelKind.OneClass, MadeDegrees.Spread);
        Assert.Multiple(() =>
        {
            Assert.That(StackedScorer.Suits(small, 64), Is.True);
            Assert.That(StackedScorer.Suits(small, 3), Is.False);
            Assert.That(StackedScorer.Suits(large, 64), Is.False);
            Assert.That(StackedScorer.Suits(image, 64), Is.False);
            Assert.That(() => new StackedScorer<TLanes>(image), Throws.TypeOf<NotSupportedException>());
        });
    }

    /// <summary>Networks of one plan with random numbers, each on features and with a scaler of its own.</summary>
    private sealed class Committee
    {
        private readonly Problem _problem;
        private readonly FeatureScaler[] _scalers;
        private readonly StackedScorer<TLanes> _scorer;
        private readonly StackedNetworks _networks;

        public Committee(ModelKind kind, string network, int features, int members, bool batchNorm)
        {
            _problem = new Problem(
                NetworkSpec.Parse(network) with { BatchNorm = batchNorm, Affine = batchNorm, Bias = true }, features, Rows, kind,
                replicas: members, degrees: MadeDegrees.Spread);
            var random = new System.Random(members + (100 * features));
            Data = Problem.Values(Rows * Width, () => Problem.Gauss(random));
            Features = new int[members][];
            _scalers = new FeatureScaler[members];
            for (int member = 0; member < members; member++)
            {
                int[] places = [.. Enumerable.Range(0, Width)];
                random.Shuffle(places);
                Features[member] = places[..features];
                _scalers[member] = new FeatureScaler(
                    Problem.Values(features, () => 0.3f * Problem.Gauss(random)), Problem.Values(features, () => 0.5f + random.NextSingle()));
            }

            _scorer = new StackedScorer<TLanes>(_problem.Plan);
            _networks = Stack(0);
            Stride = _scorer.ScoresPerRow(members);
        }

        public float[] Data { get; }

        public int[][] Features { get; }

        public int Stride { get; }

        public float[] Score(ReadOnlySpan<float> rows)
        {
            float[] scores = new float[rows.Length / Width * Stride];
            Score(rows, scores);
            return scores;
        }

        public void Score(ReadOnlySpan<float> rows, float[] scores) => _scorer.Score(_networks, rows, Width, scores, Stride);

        public void AddContributions(ReadOnlySpan<float> rows, float[] factors, double[] sums) =>
            _scorer.AddContributions(_networks, rows, Width, factors, Stride, sums);

        /// <summary>Those of the first rows by one network, by the scorer of networks one by one. The first is the reference.</summary>
        public float[] Contributions(int member, int rows)
        {
            var scorer = new CpuScorer<TLanes>(_problem.Plan);
            FoldedNetwork network = scorer.CreateNetwork(FeatureView.All(_scalers[member]));
            ReplicaState state = _problem.States[member];
            network.Fold(state.Parameters, state.Statistics, state.State);
            float[] contributions = new float[rows * _problem.Plan.Features];
            scorer.Contributions(network, Chosen(member).AsSpan(0, contributions.Length), contributions);
            return contributions;
        }

        /// <summary>The scores of a stack of the networks from <paramref name="first"/> on.</summary>
        public float[] Score(ReadOnlySpan<float> rows, int first, out int stride)
        {
            stride = _scorer.ScoresPerRow(Features.Length - first);
            float[] scores = new float[rows.Length / Width * stride];
            _scorer.Score(Stack(first), rows, Width, scores, stride);
            return scores;
        }

        public T[] Twin<T>(int member)
            where T : System.Numerics.IFloatingPointIeee754<T>
        {
            SessionSpec spec = _problem.Spec with { Data = Chosen(member), Scaler = _scalers[member] };
            return new TwinInterpreter<T>(_problem.Plan, spec, new TwinState<T>(_problem.States[member])).Score(_problem.AllRows);
        }

        /// <summary>The scores of one network by the scorer of networks one by one.</summary>
        public float[] Alone(int member)
        {
            var scorer = new CpuScorer<TLanes>(_problem.Plan);
            FoldedNetwork network = scorer.CreateNetwork(FeatureView.All(_scalers[member]));
            ReplicaState state = _problem.States[member];
            network.Fold(state.Parameters, state.Statistics, state.State);
            float[] scores = new float[Rows];
            scorer.Score(network, Chosen(member), scores);
            return scores;
        }

        private StackedNetworks Stack(int first)
        {
            StackedNetworks networks = _scorer.CreateNetworks(Features.Length - first);
            for (int member = first; member < Features.Length; member++)
            {
                ReplicaState state = _problem.States[member];
                networks.Fold(
                    member - first, new FeatureView(Width, Features[member], _scalers[member]),
                    new TrainedNumbers(state.Parameters, state.Statistics, state.State));
            }

            return networks;
        }

        private float[] Chosen(int member) =>
            [.. Enumerable.Range(0, Rows).SelectMany(row => Features[member].Select(feature => Data[(row * Width) + feature]))];
    }
}
