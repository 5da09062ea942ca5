using IadNative.Compute;
using IadNative.Compute.Cpu;
using IadNative.Data;
using IadNative.Detectors;
using IadNative.Iad;
using IadNative.Iad.Members;
using IadNative.Models;

namespace IadNative.Tests.Detectors;

/// <summary>Scoring and explaining with committees, some of whose families are scored together and others one by one.</summary>
public sealed class CommitteeScoringTests
{
    private const int Columns = 7;

    private static readonly Dataset s_data = SyntheticData.Contaminated(n: 150, d: Columns);

    private static readonly AnomalyDetector s_detector = AnomalyDetector.Fit(s_data, new FitOptions
    {
        Families =
        [
            new() { Network = new NetworkSpec(16, 8), ColumnsPerMember = 4, Count = 19, Steps = 20 },
            new()
            {
                Model = new MaskedAutoregressiveFlow { Degrees = MadeDegrees.Spread }, Network = new NetworkSpec(9, 7) { BatchNorm = false },
                ColumnsPerMember = 3, Count = 9, Steps = 20, Columns = [0, 1, 2, 3, 4, 5],
            },
            new() { Model = new Autoencoder(), Network = new NetworkSpec(5, 2), Epochs = 3, Count = 2, Weight = 0.5, Columns = [0, 1, 2, 3, 4] },
        ],
        MemberScale = MemberScale.Quartiles,
        Threads = 1,
        Training = new TrainingOptions { Rounds = 1, BatchSize = 32, Seed = 5 },
    }).Detector;

    [Test]
    public void Scores_are_those_of_members_one_by_one_combined_in_float64()
    {
        IReadOnlyList<DetectorMember> members = s_detector.Content.Members;
        MemberPart[] parts = [.. members.Select(member => member.Part)];
        float[] prepared = new float[s_data.Rows * Columns], own = new float[members.Count], scores = s_detector.Score(s_data);
        s_detector.Content.Preparation.Apply(s_data, 0, s_data.Rows, prepared);
        float[][] alone = [.. members.Select(Alone)];
        for (int row = 0; row < s_data.Rows; row++)
        {
            for (int member = 0; member < own.Length; member++) own[member] = alone[member][row];

            // A level is the logarithm of a float32 or a float32, and is divided by a width of some tenths.
            Assert.That(scores[row], Is.EqualTo(MemberScores.Combine(own, parts)).Within(1e-5), $"row {row}");
        }

        float[] Alone(DetectorMember member)
        {
            var scorer = CpuScorer.Create(member.Plan);
            FoldedNetwork network = scorer.CreateNetwork(new FeatureView(Columns, member.Features, member.Scaler));
            network.Fold(member.Trained.Parameters, member.Trained.Statistics, member.Trained.State);
            float[] all = new float[s_data.Rows];
            scorer.Score(network, prepared, all);
            return all;
        }
    }

    [Test]
    public void A_row_scores_the_same_bits_alone_among_others_and_on_any_number_of_threads()
    {
        float[] scores = s_detector.Score(s_data);
        Assert.That(scores.Distinct().Count(), Is.GreaterThan(140));
        for (int row = 0; row < s_data.Rows; row++) Assert.That(s_detector.Score(s_data.Row(row)), Is.EqualTo(scores[row]), $"row {row}");
        float[] some = new float[61];
        s_detector.Score(s_data.Values.AsSpan(7 * Columns, 61 * Columns), some, threads: 1);
        Assert.That(some, Is.EqualTo(scores[7..68]));
        float[] many = [.. Enumerable.Repeat(s_data.Values, 40).SelectMany(values => values)], all = new float[40 * s_data.Rows];
        foreach (int threads in new[] { 1, 2, 3, 5 })
        {
            s_detector.Score(many, all, threads);
            for (int i = 0; i < all.Length; i++)
            {
                if (all[i] != scores[i % s_data.Rows]) Assert.Fail($"row {i} on {threads} threads");
            }
        }
    }

    [Test]
    public void Scoring_and_explaining_allocate_nothing()
    {
        float[] row = s_data.Row(3).ToArray(), rows = s_data.Values[..(60 * Columns)], scores = new float[60], contributions = new float[Columns];
        Assert.Multiple(() =>
        {
            Assert.That(Allocations.Of(() => s_detector.Score(row)), Is.Zero, "one row");
            Assert.That(Allocations.Of(() => s_detector.Score(rows, scores, threads: 1)), Is.Zero, "many rows");
            Assert.That(Allocations.Of(() => s_detector.Explain(row, contributions)), Is.Zero, "explaining");
        });
    }

    [Test]
    public void Contributions_sum_to_the_distance_of_a_score_from_that_of_medians()
    {
        float[] medians = [.. s_detector.Content.Preparation.Columns.Select(column => (float)column.Median)];
        Assert.That(s_detector.ExplainedFrom, Is.EqualTo(s_detector.Score(medians)));
        float[] contributions = new float[s_data.Rows * Columns];
        s_detector.Explain(s_data.Values, contributions);
        for (int i = 0; i < s_data.Rows; i++)
        {
            float[] own = contributions[(i * Columns)..((i + 1) * Columns)];
            double size = 1 + own.Sum(c => Math.Abs((double)c)), rise = s_detector.Score(s_data.Row(i)) - s_detector.ExplainedFrom;
            Assert.That(own.Sum(c => (double)c), Is.EqualTo(rise).Within(2e-6 * size), $"row {i}");
        }
    }

    [Test]
    public void A_column_that_is_far_out_contributes_most([Range(0, Columns - 1)] int column)
    {
        float[] row = [.. s_detector.Content.Preparation.Columns.Select(own => (float)own.Median)], contributions = new float[Columns];
        row[column] += 50;
        s_detector.Explain(row, contributions);
        Assert.That(Array.IndexOf(contributions, contributions.Max()), Is.EqualTo(column));
        Assert.That(s_detector.ExplainedFrom + contributions.Sum(), Is.EqualTo(s_detector.Score(row)).Within(1e-5));
    }

    [Test]
    public void Of_a_row_that_is_not_all_numbers_what_is_none_contributes_everything()
    {
        float[] row = s_data.Row(1).ToArray(), contributions = new float[Columns];
        (row[2], row[5]) = (float.NaN, float.PositiveInfinity);
        Assert.That(s_detector.Score(row), Is.EqualTo(float.MaxValue));
        s_detector.Explain(row, contributions);
        for (int j = 0; j < Columns; j++) Assert.That(contributions[j], Is.EqualTo(j is 2 or 5 ? float.MaxValue : 0));
    }
}
