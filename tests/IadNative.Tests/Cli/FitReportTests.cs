using System.Globalization;
using System.Text.RegularExpressions;
using IadNative.Cli;

namespace IadNative.Tests.Cli;

/// <summary>The page of <c>iad fit --report</c>, without a browser.</summary>
internal sealed partial class FitReportTests
{
    private static readonly string[] s_quick = ["--rounds", "2", "--epochs", "2", "--model", "svdd"];

    [Test]
    public void The_report_holds_results_pictures_settings_and_origin()
    {
        using var folder = new TestFolder();
        string html = Fit(folder, folder.WriteCsv(), "--label", "label", "--seeds", "2", "--seed", "7");
        foreach (string heading in (string[])
            ["Results", "Rounds", "Importance weights", "Scores", "Controls", "Settings", "Origin"])
        {
            Assert.That(html, Does.Contain($"<h2>{heading}</h2>"));
        }

        foreach (string figure in (string[])
            ["rank-flips", "auc", "loss", "weights", "weight-histogram", "scores", "roc", "precision-recall"])
        {
            Assert.That(html, Does.Contain($"<title id=\"{figure}-title\">"));
        }

        foreach (string text in (string[])
            ["Untrained", "Base", "IAD-best", "Distinct scores", "inverseTau", "weightDecay", "fixed:5", "7, 8",
                Product.Version, "vectorBits"])
        {
            Assert.That(html, Does.Contain($">{text}<"));
        }

        Assert.That(html, Does.Contain("<code>iad fit ").And.Contain("--seeds 2 --seed 7"));
    }

    [Test]
    public void The_report_is_one_file_that_loads_nothing()
    {
        using var folder = new TestFolder();
        string html = Fit(folder, folder.WriteCsv(), "--label", "label");
        Assert.That(html, Does.Not.Contain("<script").And.Not.Contain("@import").And.Not.Contain("<img").And.Not.Contain("src="));
        Assert.That(AddressPattern().Matches(html).Select(match => match.Value).Distinct(),
            Is.SubsetOf(new[] { "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink" }), "names of XML, not addresses");
        string[] names = [.. IdPattern().Matches(html).Select(match => match.Groups[1].Value)];
        Assert.That(names, Is.Unique.And.Not.Empty);
        Assert.That(folder.Files, Is.EqualTo(new[] { "data.csv", "report.html" }));
    }

    [Test]
    public void Without_labels_it_mentions_no_auc()
    {
        using var folder = new TestFolder();
        string html = Fit(folder, folder.WriteCsv(label: false));
        Assert.That(html, Does.Not.Contain("AUC").And.Not.Contain("roc-title").And.Not.Contain("anomalies</text>"));
        Assert.That(html, Does.Contain("scores-title").And.Contain("no labels"));
    }

    [Test]
    public void A_base_model_alone_has_no_lines_over_rounds()
    {
        using var folder = new TestFolder();
        string html = Fit(folder, folder.WriteCsv(), "--rounds", "0", "--label", "label");
        Assert.That(html, Does.Not.Contain("rank-flips-title").And.Contain("roc-title"));
    }

    [Test]
    public void A_model_that_went_on_from_another_has_no_untrained_control()
    {
        using var folder = new TestFolder();
        string data = folder.WriteCsv(), model = folder.File("m.iad");
        Fit(folder, data, "--label", "label", "--out", model);
        CliRun run = CliRun.Of("fit", "--from", model, data, "--label", "label", "--report", folder.File("report.html"));
        Assert.That(run.Code, Is.EqualTo(ExitCodes.Success), run.Err);
        Assert.That(run.Out, Does.Contain("IAD-Best").And.Not.Contain("ntrained"));
        Assert.That(File.ReadAllText(folder.File("report.html")), Does.Contain("IAD-best").And.Not.Contain("ntrained"));
    }

    [Test]
    public void Names_from_files_and_command_lines_are_no_markup()
    {
        using var folder = new TestFolder();
        string html = Fit(folder, folder.WriteCsv("<b>&\"'.csv", header: "<i>a</i>,b,c,d"), "--label", "label");
        Assert.That(html, Does.Not.Contain("<b>").And.Not.Contain("<i>"));
        Assert.That(html, Does.Contain("<title>Anomaly detection on &lt;b&gt;&amp;&quot;&#x27;.csv</title>"));
    }

    [Test]
    public void Its_numbers_are_the_same_in_every_culture()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        var comma = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        comma.NumberFormat.NumberDecimalSeparator = ",";
        using var folder = new TestFolder();
        string data = folder.WriteCsv();
        string expected = Fit(folder, data, "--label", "label", "--threads", "1");
        try
        {
            CultureInfo.CurrentCulture = comma;
            Assert.That(WithoutTimes(Fit(folder, data, "--label", "label", "--threads", "1")), Is.EqualTo(WithoutTimes(expected)));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [TestCase("-", "a page does not go to standard output")]
    [TestCase("", "needs the name of a file")]
    [TestCase("data.csv", "also read or written elsewhere")]
    [TestCase("m.iad", "also read or written elsewhere")]
    [TestCase("r.json", "also read or written elsewhere")]
    [TestCase("nowhere/report.html", "does not exist")]
    public void A_report_that_cannot_be_written_is_refused_before_training(string report, string message)
    {
        using var folder = new TestFolder();
        string path = report is "-" or "" ? report : folder.File(report);
        CliRun run = CliRun.Of("fit", folder.WriteCsv(), "--out", folder.File("m.iad"), "--json", folder.File("r.json"),
            "--report", path);
        Assert.That(run.Code, Is.EqualTo(ExitCodes.BadInput));
        Assert.That(run.Err, Does.StartWith("error: --report").And.Contain(message).And.Not.Contain("Training"));
        Assert.That(folder.Files, Is.EqualTo(new[] { "data.csv" }));
    }

    private static string Fit(TestFolder folder, string data, params string[] options)
    {
        CliRun run = CliRun.Of(["fit", data, .. s_quick.Where((_, i) => i > 1 || !options.Contains("--rounds")), .. options,
            "--report", folder.File("report.html")]);
        Assert.That(run.Code, Is.EqualTo(ExitCodes.Success), run.Err);
        Assert.That(run.Out, Does.Contain("The report is in "));
        return File.ReadAllText(folder.File("report.html"));
    }

    private static string WithoutTimes(string html) => TimePattern().Replace(html, "");

    [GeneratedRegex("[a-z]+://[^\"' <)]+")]
    private static partial Regex AddressPattern();

    [GeneratedRegex(" id=\"([^\"]+)\"")]
    private static partial Regex IdPattern();

    [GeneratedRegex(@"in [0-9.]+ s<|<td>[0-9.]+</td><td>(selected)?</td></tr>|<td>[0-9.]+</td>\n<td>(selected)?</td></tr>")]
    private static partial Regex TimePattern();
}
