namespace IadNative.Orleans;

/// <summary>
/// The slots of all nodes in one row that has no end, in which every stretch from the beginning has of each node what it is due, to less than one slot.
/// Blocks share the row: each has a stretch of it, one after the other, so that together they load all nodes alike however small one is.
/// </summary>
internal sealed class SlotRow
{
    // One that runs, and one that waits for it to end.
    private const int JobsOfSlot = 2;

    private readonly int[] _nodes;

    /// <summary>Lays the row.</summary>
    /// <param name="slots">Slots of each node, 1 or more.</param>
    public SlotRow(IReadOnlyList<int> slots)
    {
        _nodes = new int[slots.Sum()];
        int[] laid = new int[slots.Count];
        // Slot k of a node with s of S may lie at place floor(k S / s) or later, and must before (k + 1) S / s. Taking of those that may the one that must
        // first keeps to both; of two, the one that was named first.
        PriorityQueue<int, (long From, int Node)> later = new();
        PriorityQueue<int, (double Before, int Node)> now = new();
        for (int node = 0; node < slots.Count; node++) later.Enqueue(node, (0, node));
        for (int place = 0; place < _nodes.Length; place++)
        {
            while (later.TryPeek(out int node, out (long From, int Node) first) && first.From <= place)
            {
                later.Dequeue();
                now.Enqueue(node, ((laid[node] + 1.0) / slots[node], node));
            }

            int next = _nodes[place] = now.Dequeue();
            if (++laid[next] < slots[next]) later.Enqueue(next, ((long)laid[next] * _nodes.Length / slots[next], next));
        }
    }

    /// <summary>What a block may have under way, so that all together have two jobs for each slot.</summary>
    /// <param name="block">The block's place among those that share, from 0.</param>
    /// <param name="blocks">Blocks that share, 1 or more.</param>
    /// <returns>Nodes, by their place among all, and jobs on each, 1 or more; nothing where no node is.</returns>
    public IReadOnlyList<(int Node, int Jobs)> Share(int block, int blocks)
    {
        if (_nodes.Length == 0) return [];
        long window = (((long)JobsOfSlot * _nodes.Length) + blocks - 1) / blocks;
        var jobs = new Dictionary<int, int>();
        for (long place = block * window; place < (block + 1) * window; place++)
        {
            int node = _nodes[place % _nodes.Length];
            jobs[node] = jobs.GetValueOrDefault(node) + 1;
        }

        return [.. jobs.Select(one => (one.Key, one.Value))];
    }
}
