using IadNative.Cli;

namespace IadNative.Tests.Cli;

/// <summary>No name in a CSV is a formula to a spreadsheet, and no cell on a screen moves its cursor.</summary>
internal sealed class CsvTextTests
{
    private static readonly CsvText s_guarded = new(FormulaGuard.Guard, isScreen: false);

    [TestCase("=1+1")]
    [TestCase("=cmd|' /C calc'!A0")]
    [TestCase("+A1")]
    [TestCase("-A1")]
    [TestCase("-2+3+cmd|' /C calc'!A0")]
    [TestCase("@SUM(1,2)")]
    [TestCase("\t=1")]
    [TestCase("\rx")]
    [TestCase("\nx")]
    [TestCase(" =1+1")]
    [TestCase("\u00A0=1+1")]
    [TestCase("\uFEFF=1+1")]
    [TestCase("\u200B\u202E=1+1")]
    [TestCase("\0=1+1")]
    [TestCase("\e=1+1")]
    [TestCase("\"=1+1\"")]
    [TestCase("\uFF1D1+1")]
    [TestCase("\uFF0BA1")]
    [TestCase("\uFF0DA1")]
    [TestCase("\uFF20SUM(1)")]
    public void A_name_that_a_spreadsheet_would_run_has_an_apostrophe_in_front(string name)
    {
        Assert.That(Cell(s_guarded.Name(name)), Is.EqualTo("'" + name));
        Assert.That(Cell(s_guarded.Value(name)), Is.EqualTo(name), "values are joined on");
        Assert.That(Cell(new CsvText(FormulaGuard.GuardAll, isScreen: false).Value(name)), Is.EqualTo("'" + name));
        Assert.That(Cell(new CsvText(FormulaGuard.Keep, isScreen: false).Name(name)), Is.EqualTo(name));
    }

    [TestCase("")]
    [TestCase("x1")]
    [TestCase("a=b")]
    [TestCase("a-b")]
    [TestCase("e@mail")]
    [TestCase("'quoted'")]
    [TestCase("-1")]
    [TestCase("+2.5")]
    [TestCase("-1e-3")]
    [TestCase("温度")]
    [TestCase("a, \"b\"\nc")]
    public void Other_names_and_plain_numbers_stay_as_they_are(string name)
    {
        Assert.That(Cell(s_guarded.Name(name)), Is.EqualTo(name));
        Assert.That(Cell(new CsvText(FormulaGuard.GuardAll, isScreen: false).Value(name)), Is.EqualTo(name));
    }

    [Test]
    public void Control_characters_go_to_files_as_they_are_and_to_a_screen_as_none()
    {
        const string Name = "a\e]0;owned\a,b\r\nc";
        Assert.That(Cell(s_guarded.Name(Name)), Is.EqualTo(Name));
        var screen = new CsvText(FormulaGuard.Guard, isScreen: true);
        Assert.That(screen.Name(Name), Is.EqualTo("\"a\uFFFD]0;owned\uFFFD,b\uFFFD\uFFFDc\""));
        Assert.That(screen.Value(Name), Is.EqualTo(screen.Name(Name)));
        Assert.That(screen.Name("\e=1+1"), Is.EqualTo("'\uFFFD=1+1"));
    }

    [Test]
    public void Scores_guard_names_by_default_and_names_of_samples_on_demand()
    {
        using var folder = new TestFolder();
        string data = folder.File("data.csv"), model = folder.File("m.iad");
        File.WriteAllText(data, "id,=1+1,\"@a,b\"\n" + string.Concat(Enumerable.Range(0, 60).Select(i => $"=HYPERLINK({i}),{i % 7},{i % 5}\n")));
        CliRun fit = CliRun.Of("fit", data, "--id", "id", "--model", "ae", "--network", "3-1", "--rounds", "1", "--epochs", "2", "--out", model);
        Assert.That(fit.Code, Is.Zero, fit.Err);
        Assert.That(Lines()[..2], Is.EqualTo(new[] { "row,id,score,percentile,p_value,label,'=1+1,\"'@a,b\"", "1,=HYPERLINK(0)" }));
        Assert.That(Lines("--formulas", "guard")[0], Is.EqualTo(Lines()[0]));
        Assert.That(Lines("--formulas", "guard-all")[..2], Is.EqualTo(new[] { "row,id,score,percentile,p_value,label,'=1+1,\"'@a,b\"", "1,'=HYPERLINK(0)" }));
        Assert.That(Lines("--formulas", "keep")[0], Is.EqualTo("row,id,score,percentile,p_value,label,=1+1,\"@a,b\""));
        CliRun wrong = CliRun.Of("score", model, data, "--formulas", "off");
        Assert.That((wrong.Code, wrong.Err), Is.EqualTo((ExitCodes.BadInput, "error: --formulas: 'off' is none of guard, guard-all, keep.\nSee 'iad score --help'.\n")));

        // Of a row, what it is called.
        string[] Lines(params string[] options)
        {
            CliRun score = CliRun.Of(["score", model, data, "--id", "id", "--explain", .. options]);
            Assert.That(score.Code, Is.Zero, score.Err);
            string[] lines = score.Out.Split('\n');
            return [lines[0], string.Join(',', lines[1].Split(',')[..2])];
        }
    }

    // The text of a cell, unquoted as a spreadsheet does.
    private static string Cell(string written) => written.StartsWith('"')
        ? written[1..^1].Replace("\"\"", "\"", StringComparison.Ordinal) : written;
}
