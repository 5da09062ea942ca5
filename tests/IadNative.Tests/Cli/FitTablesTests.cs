using IadNative.Cli;
using IadNative.Detectors;
using IadNative.Iad;
using IadNative.Models;
using IadNative.Networks;

namespace IadNative.Tests.Cli;

internal sealed class FitTablesTests
{
    [TestCase(true, 1)]
    [TestCase(true, 3)]
    [TestCase(false, 1)]
    [TestCase(false, 3)]
    public void Tables_fit_into_100_columns_without_control_codes(bool labelled, int seeds)
    {
        string text = Print(labelled, FitSamples.Result(labelled, seeds));
        Assert.That(text.Split('\n').Max(line => line.TrimEnd().Length), Is.InRange(40, 100));
        Assert.That(text, Does.Not.Contain("\u001b"));
        Assert.That(text, Does.Contain("1.235E-07").And.Not.Contain("\u2026"), "no cell is cut");
        string afterHeader = text.Split('\n')[1];
        Assert.That(afterHeader.TrimStart(), Does.StartWith("0 "), "neither header nor rows are wrapped");
        Assert.That(text.Split('\n')[2].TrimStart(), Does.StartWith("1 "));
    }

    [Test]
    public void One_run_marks_the_selected_and_the_collapsed_round()
    {
        string[] lines = Print(labelled: true, FitSamples.Result(labelled: true, seeds: 1)).Split('\n');
        Assert.That(lines.Single(line => line.TrimStart().StartsWith("1 ", StringComparison.Ordinal)),
            Does.Contain("collapsed").And.Contain("71.0"));
        Assert.That(lines.Single(line => line.TrimStart().StartsWith("2 ", StringComparison.Ordinal)),
            Does.Contain("selected").And.Contain("72.0").And.Contain("998"));
    }

    [Test]
    public void Several_runs_are_summed_up_as_mean_and_deviation()
    {
        FitResult result = FitSamples.Result(labelled: true, seeds: 2);
        RoundReport better = FitSamples.Round(0, labelled: true) with { Auc = 0.9, RankFlips = null, DistinctScores = 3 };
        result = result with { Runs = [result.Runs[0], result.Runs[1] with { Rounds = [better], SelectedRound = 0 }] };
        string text = Print(labelled: true, result);
        string first = text.Split('\n').Single(line => line.TrimStart().StartsWith("0 ", StringComparison.Ordinal));
        Assert.That(first, Does.Contain("80.0 ± 10.0"));
        Assert.That(text, Does.Contain("rounds 2, 0 (one per seed), by rank-flip"));
    }

    [Test]
    public void Every_auc_stands_beside_the_untrained_control_and_the_distinct_scores()
    {
        string[] lines = Print(labelled: true, FitSamples.Result(labelled: true)).Split('\n');
        foreach (string name in (string[])["Base", "IAD", "IAD-Best*"])
        {
            string line = lines.Single(line => line.TrimStart().StartsWith(name + " ", StringComparison.Ordinal));
            Assert.That(line, Does.Contain("75.0 ± 5.0").And.Contain("51.5 ± 1.0").And.Contain("123,456 of 4"));
        }
    }

    [Test]
    public void A_flow_tells_its_degrees_and_what_its_weights_follow()
    {
        FitResult result = FitSamples.Result(labelled: false);
        Assert.That(Print(labelled: false, result), Does.Contain("svdd 32-16-8").And.Not.Contain("degrees"));
        FitOptions options = result.Options with
        {
            Model = new MaskedAutoregressiveFlow { Degrees = MadeDegrees.Spread, WeightByDensity = true },
            Network = new NetworkSpec(32, 32),
            Training = result.Options.Training with { Ensemble = 3 },
        };
        Assert.That(Print(labelled: false, result with { Options = options }),
            Does.Contain("maf 32-32, spread degrees, weights by density, 3 networks per run"));
    }

    [Test]
    public void Without_labels_no_auc_is_mentioned()
    {
        string text = Print(labelled: false, FitSamples.Result(labelled: false));
        Assert.That(text, Does.Not.Contain("AUC").And.Contain("no labels"));
    }

    [Test]
    public void Names_with_brackets_are_printed_as_they_are_and_alarms_are_listed()
    {
        string text = Print(labelled: true, FitSamples.Result(labelled: true));
        Assert.That(text, Does.Contain("sample [1].csv").And.Contain("seed 1, round 2: The loss is not finite."));
    }

    [Test]
    public void A_run_that_never_finished_a_round_does_not_spoil_the_tables()
    {
        FitResult result = FitSamples.Result(labelled: true, seeds: 2);
        result = result with { Runs = [result.Runs[0], result.Runs[1] with { Rounds = [], SelectedRound = -1 }] };
        Assert.That(Print(labelled: true, result), Does.Contain("72.0"));
    }

    private static string Print(bool labelled, FitResult result)
    {
        using var output = new StringWriter();
        var terminal = new Terminal(output, TextWriter.Null);
        FitTables.WriteRounds(terminal.Output, result);
        FitTables.WriteSummary(terminal.Output, FitSamples.Data(labelled), result, 0.1f);
        return output.ToString();
    }
}
