using IadNative.Cli.Reproduction;

namespace IadNative.Tests.Cli.Reproduction;

internal sealed class PaperTablesTests
{
    [Test]
    public void The_tables_are_complete()
    {
        Assert.That(PaperTables.Table2, Has.Count.EqualTo(3 * 5));
        Assert.That(PaperTables.Table3, Has.Count.EqualTo(3 * 2 * 3));
        Assert.That(PaperTables.Table4, Has.Count.EqualTo(3 * 7));
        Assert.That(PaperTables.Table5Ensembles, Has.Count.EqualTo(7));
        foreach (IReadOnlyList<PaperTables.Row> table in (IReadOnlyList<PaperTables.Row>[])
            [PaperTables.Table2, PaperTables.Table3, PaperTables.Table4, PaperTables.Table5Ensembles])
        {
            Assert.That(table.Select(row => (row.Model, row.Dataset, row.Contamination)), Is.Unique);
            Assert.That(table.Where(row => row.Result.IadBest is { } best
                && (best.Mean < row.Result.Iad.Mean || best.Mean < row.Result.Base.Mean)), Is.Empty);
        }
    }

    [Test]
    public void Gains_of_rank_flips_average_to_what_the_text_says()
    {
        double average = PaperTables.Table2.Average(row =>
            100 * (row.Result.Iad.Mean - row.Result.Base.Mean) / (row.Result.IadBest!.Mean - row.Result.Base.Mean));
        Assert.That(average, Is.EqualTo(PaperTables.AverageGains[Criteria.RankFlip]).Within(0.05));
    }

    [Test]
    public void Iad_improves_on_base_in_fourteen_of_fifteen_as_published() =>
        Assert.That(PaperTables.Table2.Count(row => row.Result.Iad.Mean > row.Result.Base.Mean), Is.EqualTo(14));
}
