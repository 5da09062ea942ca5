using IadNative.Orleans;

namespace IadNative.Cluster.Tests;

/// <summary>Blocks share the slots of all nodes so that each node has what it is due.</summary>
public sealed class SlotRowTests
{
    private static readonly int[][] s_slots =
    [
        [1], [6], [1, 6], [6, 1], [4, 4, 4], [.. Enumerable.Repeat(1, 16), 9, 9], [9, 9, .. Enumerable.Repeat(1, 16)], [1, 2, 3, 5, 8, 13], [64, 1, 64, 3, 17], [1, 1, 1, 500],
    ];

    [Test]
    public void Each_node_has_two_jobs_a_slot_to_about_one_however_many_blocks_share([ValueSource(nameof(s_slots))] int[] slots)
    {
        var row = new SlotRow(slots);
        for (int blocks = 1; blocks <= 40; blocks++)
        {
            IReadOnlyList<(int Node, int Jobs)>[] shares = [.. Enumerable.Range(0, blocks).Select(block => row.Share(block, blocks))];
            int all = shares.Sum(share => share.Sum(part => part.Jobs)), slotsInAll = slots.Sum();
            Assert.That(all, Is.InRange(2 * slotsInAll, (2 * slotsInAll) + blocks - 1));
            Assert.That(shares.SelectMany(share => share).Select(part => part.Jobs), Is.All.Positive);
            for (int node = 0; node < slots.Length; node++)
            {
                double due = (double)all * slots[node] / slotsInAll;
                int has = shares.Sum(share => share.Where(part => part.Node == node).Sum(part => part.Jobs));
                Assert.That(has, Is.GreaterThan(due - 1).And.LessThan(due + 1).And.Positive, $"node {node}, {blocks} blocks");
            }
        }
    }

    [Test]
    public void A_block_alone_is_not_more_than_two_jobs_off([ValueSource(nameof(s_slots))] int[] slots, [Values(1, 2, 7, 40)] int blocks)
    {
        var row = new SlotRow(slots);
        foreach (int block in Enumerable.Range(0, blocks))
        {
            IReadOnlyList<(int Node, int Jobs)> share = row.Share(block, blocks);
            int all = share.Sum(part => part.Jobs);
            foreach ((int node, int jobs) in share) Assert.That(jobs, Is.LessThan(((double)all * slots[node] / slots.Sum()) + 2));
        }
    }

    [Test]
    public void Where_no_node_is_nothing_is_shared() => Assert.That(new SlotRow([]).Share(0, 3), Is.Empty);
}
