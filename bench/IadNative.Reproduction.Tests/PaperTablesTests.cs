namespace IadNative.Reproduction.Tests;

internal sealed class PaperTablesTests
{
    private static readonly PaperTables.Row[] s_table6 = [.. PaperTables.Table6Competitors, .. PaperTables.Table6Iad];

    [Test]
    public void The_tables_are_complete()
    {
        Assert.That(PaperTables.Table2, Has.Count.EqualTo(3 * 5));
        Assert.That(PaperTables.Table3, Has.Count.EqualTo(3 * 2 * 3));
        Assert.That(PaperTables.Table4, Has.Count.EqualTo(3 * 7));
        Assert.That(PaperTables.Table5Ensembles, Has.Count.EqualTo(7));
        Assert.That(s_table6, Has.Length.EqualTo(9 * 7));
        foreach (IReadOnlyList<PaperTables.Row> table in (IReadOnlyList<PaperTables.Row>[])
            [PaperTables.Table2, PaperTables.Table3, PaperTables.Table4, PaperTables.Table5Ensembles, s_table6])
        {
            Assert.That(table.Select(row => (row.Model, row.Dataset, row.Contamination)), Is.Unique);
            Assert.That(table.Where(row => row.Result.IadBest is { } best
                && (best.Mean < row.Result.Iad.Mean || best.Mean < row.Result.Base!.Mean)), Is.Empty);
        }
    }

    // The sums of what each printed line of the paper says, its columns taken together: a mistyped number shows.
    [TestCase("II", "svdd", 372.4, 28.2, 430.3, 16.7, 444.1, 10.8)]
    [TestCase("II", "maf", 439.6, 7.4, 447.6, 6.4, 456.4, 2.8)]
    [TestCase("II", "ae", 387.4, 7.3, 409.7, 4.6, 417.9, 3.4)]
    [TestCase("III", "svdd", 461.8, 23.7, 465.7, 19.5, 493.3, 8.5)]
    [TestCase("III", "maf", 535.5, 11.8, 536.2, 11.7, 539.8, 11.2)]
    [TestCase("III", "ae", 477.6, 8.6, 478.1, 8.2, 489.4, 5.8)]
    [TestCase("IV", "svdd", 588.0, 66.1, 595.2, 74.3, 652.9, 42.0)]
    [TestCase("IV", "maf", 655.6, 38.8, 661.4, 28.6, 671.1, 24.1)]
    [TestCase("IV", "ae", 622.9, 76.1, 626.9, 70.3, 644.0, 65.4)]
    [TestCase("V", "ae", 545.0, 5.7, 560.9, 5.1, 0, 0)]
    public void Lines_add_up_to_what_is_printed(string table, string model, params double[] sums)
    {
        PaperResult[] results = [.. (table switch
        {
            "II" => PaperTables.Table2,
            "III" => PaperTables.Table3,
            "IV" => PaperTables.Table4,
            _ => PaperTables.Table5Ensembles,
        }).Where(row => row.Model == model).Select(row => row.Result)];
        Auc?[][] lines =
        [
            [.. results.Select(result => result.Base)], [.. results.Select(result => result.Iad)],
            [.. results.Select(result => result.IadBest)],
        ];
        Assert.That(lines.SelectMany(line => (double[])
        [
            Math.Round(100 * line.Sum(auc => auc?.Mean ?? 0), 6), Math.Round(100 * line.Sum(auc => auc?.Std ?? 0), 6),
        ]), Is.EqualTo(sums));
    }

    [TestCase("SB Deep SVDD", 484.1, 41.3)]
    [TestCase("OneFlow", 562.1, 18.0)]
    [TestCase("DRAE", 560.3, 23.6)]
    [TestCase("RSRAE", 544.9, 9.9)]
    [TestCase("SDOR", 543.2, 18.0)]
    [TestCase("DAGPR", 554.3, 29.7)]
    [TestCase("IAD (Deep SVDD)", 579.1, 21.9)]
    [TestCase("IAD (AE)", 561.2, 7.1)]
    [TestCase("IAD (MAF)", 626.0, 9.2)]
    public void Methods_of_table_6_add_up_to_what_is_printed(string method, double mean, double std)
    {
        PaperTables.Row[] line = [.. s_table6.Where(row => row.Method == method)];
        Assert.That(line.Select(row => row.Dataset), Is.EqualTo(PaperDataset.All.Select(dataset => dataset.Name)));
        Assert.That(line.Select(row => row.Contamination), Is.EqualTo(new double?[] { null, null, null, null, null, 0.2, 0.2 }));
        Assert.That(100 * line.Sum(row => row.Result.Iad.Mean), Is.EqualTo(mean).Within(1e-9));
        Assert.That(100 * line.Sum(row => row.Result.Iad.Std), Is.EqualTo(std).Within(1e-9));
        Assert.That(line.Where(row => row.Result.Base is not null || row.Result.IadBest is not null), Is.Empty);
    }

    [Test]
    public void Each_competitor_but_one_has_five_references()
    {
        foreach (IGrouping<string, PaperTables.Row> line in PaperTables.Table6Competitors.GroupBy(row => row.Model))
        {
            int expected = line.Key == "svdd-soft" ? 0 : 5;
            Assert.That(line.Count(row => ReferenceNumbers.Of(row.Model, PaperDataset.Of(row.Dataset)) is not null), Is.EqualTo(expected), line.Key);
        }

        Assert.That(ReferenceNumbers.Of("dagpr", PaperDataset.Of("satimage-2")), Is.EqualTo(Auc.Percent(94.0, 3.1)));
    }

    [Test]
    public void Competitors_know_the_share_of_anomalies_that_they_ask_for_and_have_no_rounds_of_iad()
    {
        Cell[] cells = [.. Experiments.All.Single(experiment => experiment.Name == "table6").Cells];
        Cell[] competitors = [.. cells.Where(cell => cell.Method?.StartsWith("IAD", StringComparison.Ordinal) == false)];
        Assert.That(competitors.Select(cell => cell.Settings.Training.Rounds - (cell.Settings.Model.DefaultRounds ?? 0)), Has.All.Zero);
        foreach (Cell cell in cells.Where(cell => cell.Model is "svdd-soft" or "oneflow"))
        {
            double share = cell.Settings.Model switch { SoftBoundarySvdd svdd => svdd.Nu, OneFlow flow => flow.Alpha, _ => double.NaN };
            Assert.That(share, Is.EqualTo(cell.Share));
        }

        Cell[] beside = [.. cells.Where(cell => cell.Method is null)];
        Assert.That(beside.Select(cell => cell.Model).Distinct(), Is.EqualTo(new[] { "oneflow", "drae", "rsrae" }));
        Assert.That(beside, Has.Length.EqualTo(3 * 5).And.All.Matches<Cell>(cell => cell is { Paper: null, Reference: null, Dataset.IsImages: false }));
        int rounds = cells.First(cell => cell.Method == "IAD (AE)").Settings.Training.Rounds;
        Assert.That(beside.Select(cell => (cell.Settings.Training.Rounds, cell.Settings.Training.Termination)).Distinct(),
            Is.EqualTo(new[] { (rounds, TerminationCriterion.RankFlip) }));
    }

    [Test]
    public void Iad_in_table_6_is_that_of_the_tables_before()
    {
        foreach (Cell cell in Experiments.All.Single(experiment => experiment.Name == "table6").Cells.Where(cell => cell.Model is "svdd" or "ae" or "maf"))
        {
            Cell before = Experiments.All.Where(experiment => experiment.Name is "table2" or "table3").SelectMany(experiment => experiment.Cells)
                .Single(other => (other.Model, other.Dataset, other.Contamination) == (cell.Model, cell.Dataset, cell.Contamination));
            Assert.That((cell.Settings, cell.Paper!.Iad), Is.EqualTo((before.Settings, before.Paper!.Iad)));
        }
    }

    [Test]
    public void Table_5_compares_what_the_paper_prints_in_it()
    {
        Cell[] cells = [.. Experiments.All.Single(experiment => experiment.Name == "table5").Cells];
        Assert.That(cells.Select(cell => cell.Paper!.IadBest), Has.All.Null);
        Assert.That(cells.Select(cell => cell.Settings.Training.Ensemble).Distinct(), Is.EqualTo(new[] { 1, 5 }));
        Assert.That(cells.Where(cell => cell.Settings.Training.Ensemble == 1).Sum(cell => 100 * cell.Paper!.Iad.Mean),
            Is.EqualTo(561.2).Within(1e-9));
    }

    [Test]
    public void Gains_of_rank_flips_average_to_what_the_text_says()
    {
        double average = PaperTables.Table2.Average(row =>
            100 * (row.Result.Iad.Mean - row.Result.Base!.Mean) / (row.Result.IadBest!.Mean - row.Result.Base.Mean));
        Assert.That(average, Is.EqualTo(PaperTables.AverageGains[Criteria.RankFlip]).Within(0.05));
    }

    [Test]
    public void Iad_improves_on_base_in_fourteen_of_fifteen_as_published() =>
        Assert.That(PaperTables.Table2.Count(row => row.Result.Iad.Mean > row.Result.Base!.Mean), Is.EqualTo(14));
}
