using IadNative.Cli.Fleet;
using IadNative.Data;
using IadNative.Fleet;

namespace IadNative.Tests.Cli;

/// <summary>Parts that are gathered together are those that are gathered one by one.</summary>
public sealed class PartGatheringTests
{
    private static readonly string[][] s_levels = [["red", "green"], ["green", "blue", "red"], ["violet"]];

    [Test]
    public void Parts_are_the_same_however_many_are_gathered_at_once()
    {
        // Three sources with levels of their own and a column in float64; parts of no row to hundreds, in some sources or all.
        var random = new System.Random(11);
        Dataset[] sources = [.. Enumerable.Range(0, 3).Select(source => Source(source, rows: 701 + (100 * source), random))];
        string[] names = [.. Enumerable.Range(0, 40).Select(i => FormattableString.Invariant($"p{i}"))];
        var rows = new List<int>[names.Length, sources.Length];
        for (int part = 0; part < names.Length; part++)
        {
            for (int source = 0; source < sources.Length; source++) rows[part, source] = [];
        }

        for (int source = 0; source < sources.Length; source++)
        {
            for (int row = 0; row < sources[source].Rows; row++) rows[(int)(names.Length * Math.Pow(random.NextDouble(), 3)), source].Add(row);
        }

        (string Name, IReadOnlyList<PartRows> Rows)[] parts = [.. Enumerable.Range(0, names.Length)
            .Select(part => (names[part], (IReadOnlyList<PartRows>)[.. Enumerable.Range(0, sources.Length)
                .Where(source => rows[part, source].Count > 0).Select(source => new PartRows(source, [.. rows[part, source]]))]))
            .Where(part => part.Item2.Count > 0)];
        Assert.That(parts, Has.Length.GreaterThan(30));
        Partition[] alone = Describe(mostCells: 1);
        Assert.That(alone.Select(part => part.Name), Is.EqualTo(parts.Select(part => part.Name)));
        for (int i = 0; i < parts.Length; i++)
        {
            // What a part of one source says of its rows is what the source says.
            if (parts[i].Rows.Count > 1) continue;
            Assert.That(alone[i].Rows, Is.EqualTo(parts[i].Rows[0].Rows.Length));
        }

        foreach (int most in (int[])[300, 2_000, 1 << 23])
            Assert.That(Describe(most).Select(part => (part.Name, part.Hash, part.Rows)), Is.EqualTo(alone.Select(part => (part.Name, part.Hash, part.Rows))), $"{most} cells");

        // Row after row, the first part is that of its sources.
        Dataset first = new PartGathering(sources).Gather(parts, CancellationToken.None).First().Data;
        int next = 0;
        double[] found = new double[3], was = new double[3];
        foreach ((int source, int[] own) in parts[0].Rows)
        {
            foreach (int row in own)
            {
                first.CopyRow(next, found);
                sources[source].CopyRow(row, was);
                Assert.That((found[0], found[1], first.Labels![next]), Is.EqualTo((was[0], was[1], sources[source].Labels![row])));
                Assert.That(first.Features[2].Levels[(int)found[2]], Is.EqualTo(sources[source].Features[2].Levels[(int)was[2]]));
                next++;
            }
        }

        Assert.That(next, Is.EqualTo(first.Rows));

        Partition[] Describe(int mostCells) => [.. new PartGathering(sources, mostCells).Gather(parts, CancellationToken.None)
            .Select(part => PartitionFile.Describe(part.Name, part.Data))];
    }

    private static Dataset Source(int source, int rows, System.Random random)
    {
        double[] values = new double[rows * 3];
        for (int row = 0; row < rows; row++)
        {
            values[row * 3] = random.NextDouble();
            values[(row * 3) + 1] = 1.7e9 + random.NextDouble();
            values[(row * 3) + 2] = random.Next(s_levels[source].Length);
        }

        return new Dataset(
            "source", TableValues.Of(values, 3), rows,
            [new FeatureColumn("a"), new FeatureColumn("t"), new FeatureColumn("color") { Kind = FeatureKind.Category, Levels = s_levels[source] }],
            [.. Enumerable.Range(0, rows).Select(_ => random.Next(10) == 0)], areNamed: true);
    }
}
