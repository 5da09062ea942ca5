using IadNative.Compute;
using IadNative.Iad;
using IadNative.Iad.Members;
using IadNative.Metrics;
using IadNative.Models;

namespace IadNative.Tests.Iad;

/// <summary>Scores of unlike members on the scale of their quartiles: what is kept of them, and the weights that follow.</summary>
public sealed class CommitteeScoresTests
{
    private const int Samples = 501;

    // Two families that vote, and one that follows.
    private static readonly FamilyScores[] s_families =
    [
        new(3, MemberScale.Quartiles) { IsLogarithmic = true },
        new(2, MemberScale.Quartiles) { Weight = 2 },
        new(1, MemberScale.Quartiles) { IsLogarithmic = true, Weight = 0.5, Votes = false },
    ];

    [Test]
    public void A_score_is_the_weighted_mean_of_the_families_means_and_weights_follow_those_that_vote()
    {
        ScriptedMembers members = new(6);
        members.Scores[1][7] = float.PositiveInfinity;
        members.Scores[4][9] = float.NaN;
        members.Scores[0][3] = 0;
        members.Scores[0][4] = 1e30f;
        HostRounds rounds = Rounds(members);
        RoundResult result = rounds.Take()[0];
        rounds.Keep([true], isBeside: false);
        rounds.SetWeights();
        Assert.That((result.Trouble, result.NeutralMembers), Is.EqualTo(((string?)null, 0)));

        double[][] z = [.. members.Scores.Select((scores, k) => Reference(scores, isLogarithmic: k is < 3 or 5))];
        Assert.That(z[1][7], Is.EqualTo(3));
        Assert.That(z[4][9], Is.EqualTo(3));
        float[] scores = rounds.KeptScores(0), consensus = new float[Samples];
        for (int i = 0; i < Samples; i++)
        {
            double first = (z[0][i] + z[1][i] + z[2][i]) / 3, second = (z[3][i] + z[4][i]) / 2;
            Assert.That(scores[i], Is.EqualTo((first + (2 * second) + (0.5 * z[5][i])) / 3.5).Within(1e-6));
            consensus[i] = (float)((first + (2 * second)) / 3);
        }

        float[] expected = new float[Samples], sorted = [.. consensus.Order()];
        ImportanceWeights.Update(consensus, new ScoreStatistics(sorted[0], sorted[Samples / 2], sorted[^1]), 4, expected);
        Assert.That(members.Weights.Length, Is.EqualTo(6));
        for (int member = 0; member < 6; member++) Assert.That(members.Weights[member], Is.EqualTo(expected).Within(1e-5), $"member {member}");
    }

    [Test]
    public void The_bits_do_not_depend_on_who_comes_first()
    {
        ScriptedMembers members = new(6);
        float[][] scores = [.. new int[]?[] { [0, 1, 2, 3, 4, 5], [5, 3, 1, 4, 2, 0], null }.Select(order =>
        {
            members.Order = order;
            HostRounds rounds = Rounds(members);
            rounds.Take();
            rounds.Keep([true], isBeside: false);
            rounds.SetWeights();
            return (float[])[.. rounds.KeptScores(0), .. members.Weights[0]];
        })];
        Assert.That(scores[1], Is.EqualTo(scores[0]));
        Assert.That(scores[2], Is.EqualTo(scores[0]), "side by side");
    }

    [Test]
    public void A_member_without_a_finite_score_or_one_that_tells_nothing_apart_is_neutral()
    {
        ScriptedMembers members = new(6);
        Array.Fill(members.Scores[0], float.NaN);
        Array.Fill(members.Scores[3], 5f);
        Array.Fill(members.Scores[5], float.PositiveInfinity);
        HostRounds rounds = Rounds(members);
        RoundResult result = rounds.Take()[0];
        rounds.Keep([true], isBeside: false);
        Assert.That((result.Trouble, result.NeutralMembers), Is.EqualTo(((string?)null, 3)));
        KeptNetworks kept = rounds.Kept(0);
        Assert.That(kept.Widths.Select(width => width == 0), Is.EqualTo(new[] { true, false, false, true, false, true }));

        double[][] z = [.. members.Scores.Select((scores, k) => Reference(scores, isLogarithmic: k is < 3 or 5))];
        float[] scores = rounds.KeptScores(0);
        for (int i = 0; i < Samples; i++)
            Assert.That(scores[i], Is.EqualTo((((z[1][i] + z[2][i]) / 3) + (2 * z[4][i] / 2)) / 3.5).Within(1e-6));
    }

    [Test]
    public void A_run_without_a_member_that_votes_cannot_go_on()
    {
        ScriptedMembers members = new(6);
        float[] sound = members.Scores[2];
        for (int member = 0; member < 5; member++) members.Scores[member] = [.. Enumerable.Repeat(float.NaN, Samples)];
        HostRounds rounds = Rounds(members);
        Assert.That(rounds.Take()[0].Trouble, Is.EqualTo("no network has scores that are finite and differ"));
        members.Scores[2] = sound;
        Assert.That(rounds.Take()[0].Trouble, Is.Null);
    }

    [Test]
    public void The_mean_of_several_rounds_is_kept_with_what_each_was_scaled_by()
    {
        ScriptedMembers members = new(6);
        HostRounds rounds = Rounds(members, averages: true);
        var scores = new List<float[]>();
        var medians = new List<double[]>();
        for (int round = 0; round < 4; round++)
        {
            members.Draw(seed: round);
            rounds.Take();
            rounds.Keep([true], isBeside: round > 1);
            HostRounds alone = Rounds(members);
            alone.Take();
            alone.Keep([true], isBeside: false);
            scores.Add(alone.KeptScores(0));
            medians.Add(alone.Kept(0).Medians);
        }

        float[] mean = rounds.KeptScores(0);
        for (int i = 0; i < Samples; i++) Assert.That(mean[i], Is.EqualTo(((double)scores[1][i] + scores[2][i] + scores[3][i]) / 3).Within(1e-6));
        Assert.That(rounds.Kept(0).Medians, Is.EqualTo(medians.Skip(1).SelectMany(values => values)));
        Assert.That(rounds.Kept(0).Widths.Length, Is.EqualTo(18));
    }

    [Test]
    public void Quartiles_are_those_of_a_sort_on_the_scale_itself([Values(1, 2, 3, 4, 5, 30, 257)] int n, [Values] bool isLogarithmic)
    {
        var random = new System.Random(n);
        float[] scores = [.. Enumerable.Range(0, n).Select(_ => MathF.Exp(6 * (random.NextSingle() - 0.5f)))];
        double[] levels = [.. scores.Select(score => isLogarithmic ? Math.Log(score) : score).Order()];
        (double median, double width) = MemberPart.Quartiles([.. scores], isLogarithmic);
        Assert.That(median, Is.EqualTo(Quantile(levels, 0.5)).Within(1e-12));
        Assert.That(width, Is.EqualTo(Quantile(levels, 0.75) - Quantile(levels, 0.25)).Within(1e-12));
        Assert.That(width > 0, Is.EqualTo(n > 1));
    }

    [Test]
    public void Where_the_quartiles_are_equal_what_differs_at_all_stands_out([Values] bool isLogarithmic)
    {
        float[] scores = [.. Enumerable.Repeat(2f, 97), 1.5f, 2.5f, 4];
        (double median, double width) = MemberPart.Quartiles([.. scores], isLogarithmic);
        double range = isLogarithmic ? Math.Log(4) - Math.Log(1.5) : 2.5;
        Assert.That(median, Is.EqualTo(isLogarithmic ? Math.Log(2) : 2).Within(1e-12));
        Assert.That(width, Is.EqualTo(1e-6 * range).Within(1e-12));
        MemberPart part = new(MemberScale.Quartiles, isLogarithmic, median, width, Share: 1);
        Assert.That((part.Of(1.5f), part.Of(2.5f), part.Of(4)), Is.EqualTo((-0.5, 3.0, 3.0)));
        Assert.That(part.Of(2), Is.Zero.Within(1e-6));
        Assert.That(MemberPart.Quartiles([.. Enumerable.Repeat(2f, 9)], isLogarithmic).Width, Is.Zero, "nothing differs");
    }

    [Test]
    public void A_part_of_a_score_is_cut_off_on_both_sides()
    {
        MemberPart distance = new(MemberScale.Quartiles, IsLogarithmic: true, Median: Math.Log(2), Width: 0.5, Share: 1);
        Assert.That(distance.Of(2), Is.Zero.Within(1e-7));
        Assert.That(distance.Of(2 * MathF.Exp(0.25f)), Is.EqualTo(0.5).Within(1e-6));
        Assert.That(distance.Of(0), Is.EqualTo(-0.5));
        Assert.That(distance.Of(-1), Is.EqualTo(-0.5));
        Assert.That(distance.Of(1e30f), Is.EqualTo(3));
        foreach (float odd in new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity }) Assert.That(distance.Of(odd), Is.EqualTo(3));
        Assert.That((distance with { Width = 0 }).Of(float.NaN), Is.Zero);
        Assert.That((distance with { IsLogarithmic = false, Median = -4 }).Of(-3.5f), Is.EqualTo(1));
        Assert.That(
            MemberScores.Combine([2 * MathF.Exp(0.5f), float.NaN], [distance with { Share = 0.25 }, distance with { Share = 0.75, Width = 0 }]),
            Is.EqualTo(0.25).Within(1e-6));
    }

    private static HostRounds Rounds(ScriptedMembers members, bool averages = false) => new(members, new RoundSpec
    {
        Families = s_families, Samples = Samples, Labels = null, InverseTau = 4, AveragesRounds = averages,
    });

    private static double[] Reference(float[] scores, bool isLogarithmic)
    {
        double[] levels = [.. scores.Where(float.IsFinite).Select(Level).Order()];
        if (levels.Length == 0) return new double[scores.Length];
        double median = Quantile(levels, 0.5), width = Quantile(levels, 0.75) - Quantile(levels, 0.25);
        return [.. scores.Select(score => float.IsFinite(score) ? Math.Clamp((Level(score) - median) / width, -0.5, 3) : 3)];

        double Level(float score) => isLogarithmic ? Math.Log(Math.Max(score, 1e-12)) : score;
    }

    private static double Quantile(double[] sorted, double q)
    {
        double position = q * (sorted.Length - 1);
        int left = (int)position;
        double right = sorted[Math.Min(left + 1, sorted.Length - 1)];
        return sorted[left] + ((position - left) * (right - sorted[left]));
    }

    private sealed class ScriptedMembers : IMembers
    {
        public ScriptedMembers(int members)
        {
            (Scores, Weights) = (new float[members][], new float[members][]);
            Draw(seed: 99);
        }

        public float[][] Scores { get; }

        public float[][] Weights { get; }

        public bool AreScoredUntrained => true;

        public void Draw(int seed)
        {
            var random = new System.Random(seed);
            for (int member = 0; member < Scores.Length; member++)
                Scores[member] = [.. Enumerable.Range(0, Samples).Select(_ => MathF.Exp(4 * random.NextSingle() * (1 + member)) / (1 + member))];
        }

        public void ReadScores(int run, int member, Span<float> scores) => throw new NotSupportedException();

        public int[]? Order { get; set; }

        public void Score(int samples, MemberScoreReader read)
        {
            if (Order is null) Parallel.For(0, Scores.Length, member => read(0, member, Scores[member]));
            else foreach (int member in Order) read(0, member, Scores[member]);
        }

        public void SetWeights(int run, int first, int count, ReadOnlySpan<float> weights)
        {
            for (int member = first; member < first + count; member++) Weights[member] = weights.ToArray();
        }

        public void Keep(ReadOnlySpan<bool> runs, bool isBeside)
        {
        }

        public IReadOnlyList<ReplicaState> Kept(int run) => [];

        public void Prepare(int round, CancellationToken cancellationToken) => throw new NotSupportedException();

        public void Begin(int round) => throw new NotSupportedException();

        public void Train(int round, CancellationToken cancellationToken) => throw new NotSupportedException();

        public void Score() => throw new NotSupportedException();

        public MemberFailure? Failure(int run) => throw new NotSupportedException();

        public double Loss(int run, int member) => throw new NotSupportedException();

        public void Freeze(int run) => throw new NotSupportedException();

        public IReadOnlyList<ReplicaState> Export(int run) => throw new NotSupportedException();

        public void Restore(int run) => throw new NotSupportedException();

        public void Dispose()
        {
        }
    }
}
