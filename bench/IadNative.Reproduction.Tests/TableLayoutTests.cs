using IadNative.Reproduction.Tests.Drawings;

namespace IadNative.Reproduction.Tests;

/// <summary>One table in three forms.</summary>
internal sealed class TableLayoutTests
{
    [Test]
    public void Every_form_has_every_number()
    {
        ReproductionReport report = PaperSamples.Table();
        TableLayout table = TableLayout.Of(report).Single();
        Assert.That(table.Rows, Has.Count.EqualTo(3 * report.Cells.Count));
        Assert.That(table.Rows[0], Is.EqualTo(new[]
            { "svdd", "cardio", "9.6%", "Base", "60.0 ± 0.0", "64.5 ± 5.4", "-4.5", "50.0 ± 0.0" }));
        Assert.That(table.Rows[1], Is.EqualTo(new[]
            { "svdd", "cardio", "9.6%", "IAD", "70.0 ± 0.0", "85.3 ± 5.1", "-15.3 !", "50.0 ± 0.0" }));
        Assert.That(table.Rows.Select(row => row.Count), Has.All.EqualTo(table.Columns.Count));
        foreach ((string name, string text) in Forms(report))
        {
            foreach (string cell in table.Rows.SelectMany(row => row).Where(cell => cell.Length > 0))
                Assert.That(text, Does.Contain(cell), name);
            Assert.That(text, Does.Contain("chosen with labels"), name);
        }
    }

    [Test]
    public void A_cell_with_trials_that_failed_is_marked_in_every_form()
    {
        Cell cell = PaperSamples.Cell("ae", "thyroid", usable: true).Cell;
        ReproductionReport report = PaperSamples.Report("table2", null, PaperSamples.HalfFinished(cell));
        foreach ((string name, string text) in Forms(report))
        {
            Assert.That(text, Does.Contain("70.0 ± 0.0 †"), name);
            Assert.That(text, Does.Contain("† not every seed has a result: ae on thyroid at 2.5% has 1 of 2."), name);
        }

        ReproductionReport whole = PaperSamples.Report("table2", null, PaperSamples.Summary(cell, usable: true));
        foreach ((string name, string text) in Forms(whole))
            Assert.That(text, Does.Not.Contain("†").And.Not.Contain("has a result"), name);
    }

    [Test]
    public void A_cell_without_any_result_is_marked_too()
    {
        CellSummary failed = PaperSamples.Cell("ae", "thyroid", usable: false);
        TableLayout table = TableLayout.Of(PaperSamples.Report("table2", null, failed)).Single();
        Assert.That(table.Rows.Select(row => row[4]), Has.All.EqualTo("†"));
    }

    [Test]
    public void A_class_without_any_result_is_named()
    {
        Cell cell = Experiments.All.Single(each => each.Name == "table3").Cells[0];
        CellSummary summary = PaperSamples.Summary(cell, usable: false);
        TableLayout table = TableLayout.Of(PaperSamples.Report("table3", null, summary)).Single();
        Assert.That(table.Rows.Select(row => row[4]), Has.All.EqualTo("†"));
        Assert.That(table.Note, Does.EndWith("svdd on mnist at 20% has 0 of 1, none of class 0."));
    }

    [Test]
    public void Methods_stand_beside_paper_reference_start_and_controls_and_what_is_new_stands_below()
    {
        Cell[] cells = [.. Experiments.All.Single(each => each.Name == "table6").Cells.Where(cell => cell.Dataset.Name == "cardio")];
        CellSummary[] summaries =
        [
            PaperSamples.Summary(cells.Single(cell => cell.Method == "DRAE"), usable: true),
            PaperSamples.HalfFinished(cells.Single(cell => cell.Method == "IAD (AE)")),
            PaperSamples.Summary(cells.Single(cell => cell is { Model: "drae", Method: null }), usable: true),
        ];
        ReproductionReport report = PaperSamples.Report("table6", null, summaries);
        IReadOnlyList<TableLayout> tables = TableLayout.Of(report);
        Assert.That(tables, Has.Count.EqualTo(2));
        Assert.That(tables.Select(table => table.Rows.Count), Is.EqualTo(new[] { 2, 3 }));
        Assert.That(tables[0].Rows[0].Take(7), Is.EqualTo(new[] { "DRAE", "cardio", "9.6%", "70.0 ± 0.0", "86.6 ± 6.8", "-16.6 !", "86.8 ± 3.8 !" }));
        Assert.That(tables[0].Rows[1], Is.EqualTo(new[]
            { "IAD (AE)", "cardio", "9.6%", "70.0 ± 0.0 †", "68.7 ± 1.4", "+1.3", "", "60.0 ± 0.0", "", "50.0", "90.0" }));
        Assert.That(tables[0].Note, Does.Contain("true share of anomalies").And.Contain("labelled data")
            .And.EndWith("IAD (AE) on cardio at 9.6% has 1 of 2."));
        Assert.That(tables[1].Caption, Does.StartWith("Not of the paper"));
        Assert.That((report.Agreement.Within, report.Agreement.Compared, report.Agreement.Cells), Is.EqualTo((1, 2, 0)));
        Assert.That((report.Agreement.WithinReference, report.Agreement.References), Is.EqualTo((0, 1)));
        foreach ((string name, string text) in Forms(report))
        {
            Assert.That(text, Does.Contain("1 of 2 numbers are within").And.Contain("0 of 1 are within"), name);
            Assert.That(text, Does.Not.Contain("IAD improves on Base"), name);
            Assert.That(text, Does.Contain("Not of the paper"), name);
        }
    }

    [Test]
    public void A_method_that_keeps_its_last_round_shows_them_all()
    {
        Cell cell = new(PaperDataset.Of("cardio"), null, SettledSettings.Of(BaseModel.Gaussian, images: false), null) { Method = "a method" };
        string[] row = [.. TableLayout.Of(PaperSamples.Report("table6", null, PaperSamples.Summary(cell, usable: true))).Single().Rows.Single()];
        Assert.That(row[7..9], Is.EqualTo(new[] { "60.0 ± 0.0", "60.0 70.0 80.0" }));
    }

    [Test]
    public void Settings_stand_as_code_in_markdown()
    {
        ReproductionReport report = PaperSamples.Table() with
        {
            Ranking = [new RankedSetting("svdd", "--epochs 3", 0.0456, 9, 4, 0, 2)],
        };
        Assert.That(ReportMarkdown.Of(report), Does.Contain("| svdd | `--epochs 3` | 4.56 | 9 | 4 | 0 | 2 |"));
    }

    private static IEnumerable<(string Name, string Text)> Forms(ReproductionReport report)
    {
        using var console = new StringWriter();
        ReportTables.Write(new Terminal(console, TextWriter.Null).Output, report);
        string[] words = console.ToString().Split(default(char[]), StringSplitOptions.RemoveEmptyEntries);
        yield return ("console", string.Join(' ', words));
        yield return ("Markdown", ReportMarkdown.Of(report));
        yield return ("HTML", ReproductionPage.Of("IadNative.Reproduction", report, null).ToString());
    }
}
