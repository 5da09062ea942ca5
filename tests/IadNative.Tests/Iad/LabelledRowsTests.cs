using IadNative.Compute;
using IadNative.Iad.Members;
using IadNative.Models;

namespace IadNative.Tests.Iad;

public sealed class LabelledRowsTests
{
    private static readonly ReplicaSpec s_replica = new(Key: 3, Member: 1, [9, 4, 7, 1, 0, 5, 2, 8, 3, 6]);

    [Test]
    public void The_lowest_scores_are_normal_and_the_highest_anomalous()
    {
        double[] scores = [.. s_replica.Rows.Select(row => 10.0 - row)];
        (int[] rows, int normal) = LabelledRows.Choose(new PseudoLabels(0.3, 1, 0.2, 1), s_replica, scores, round: 0);
        Assert.That(rows, Is.EqualTo((int[])[9, 8, 7, 1, 0]));
        Assert.That(normal, Is.EqualTo(3));
    }

    [Test]
    public void Equal_scores_count_in_the_order_of_the_rows() => Assert.That(
        LabelledRows.Choose(new PseudoLabels(0.3, 1, 0.2, 1), s_replica, new double[10], round: 0).Rows, Is.EqualTo((int[])[0, 1, 2, 8, 9]));

    [Test]
    public void Parts_are_drawn_at_random_anew_in_every_round_and_for_every_network_without_repetition()
    {
        int[] all = [.. Enumerable.Range(0, 200)];
        double[] scores = [.. all.Select(row => (double)row)];
        var labels = new PseudoLabels(0.5, 0.4, 0.2, 0.5);
        int[][] drawn =
        [
            .. from seed in new ulong[] { 1, 2 }
               from member in new[] { 0, 1 }
               from round in new[] { 0, 1 }
               select LabelledRows.Choose(labels, new ReplicaSpec(seed, member, all), scores, round).Rows,
        ];
        foreach (int[] rows in drawn)
        {
            Assert.That(rows, Is.Unique.And.Length.EqualTo(60));
            Assert.That(rows[..40], Has.All.LessThan(100));
            Assert.That(rows[40..], Has.All.GreaterThanOrEqualTo(160));
        }

        Assert.That(drawn.Select(rows => string.Join(",", rows)), Is.Unique);
        Assert.That(LabelledRows.Choose(labels, new ReplicaSpec(2, 1, all), scores, round: 1).Rows, Is.EqualTo(drawn[^1]));
    }
}
