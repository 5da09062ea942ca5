using IadNative.Detectors;
using IadNative.Iad;
using IadNative.Models;

namespace IadNative.Reproduction.Tests;

/// <summary>The rule by which a grid chooses, as bench/REPRODUCTION.md fixes it before the grids run.</summary>
internal sealed class RankedSettingTests
{
    private const int Rounds = 2;

    /// <summary>A run that failed in its first round.</summary>
    private static readonly double[] s_failed = [];

    /// <summary>What the paper states for the two data sets, in percent: Base, IAD and IAD-Best.</summary>
    private static readonly PaperResult s_paper = new(Auc.Percent(50, 1), Auc.Percent(60, 1), Auc.Percent(70, 1));

    [Test]
    public void The_nearest_comes_first_by_the_mean_distance_over_all_numbers()
    {
        IReadOnlyList<RankedSetting> ranking = RankedSetting.Rank(
        [
            Cell(epochs: 1, "cardio", Whole(0.60, 0.60, 0.70)), Cell(epochs: 1, "thyroid", Whole(0.50, 0.60, 0.70)),
            Cell(epochs: 2, "cardio", Whole(0.52, 0.60, 0.70)), Cell(epochs: 2, "thyroid", Whole(0.50, 0.57, 0.70)),
        ]);
        Assert.That(ranking.Select(EpochsOf), Is.EqualTo(new[] { 2, 1 }));
        Assert.That(ranking[0].Distance, Is.EqualTo((0.02 + 0.03) / 6).Within(1e-12));
        Assert.That(ranking[1].Distance, Is.EqualTo(0.10 / 6).Within(1e-12));
        Assert.That(ranking.Select(setting => (setting.Within, setting.Improved, setting.Missing, setting.Stopped)),
            Is.EqualTo(new[] { (5, 2, 0, 0), (5, 1, 0, 0) }));
    }

    [Test]
    public void A_setting_of_which_a_set_has_no_result_comes_last_and_one_with_some_failed_runs_where_its_others_put_it()
    {
        IReadOnlyList<RankedSetting> ranking = RankedSetting.Rank(
        [
            Cell(epochs: 1, "cardio", Whole(0.50, 0.60, 0.70), Whole(0.50, 0.60, 0.70)[..2]),
            Cell(epochs: 2, "cardio", Whole(0.50, 0.60, 0.70), s_failed),
            Cell(epochs: 3, "cardio", Whole(0.90, 0.90, 0.90)),
            Cell(epochs: 4, "cardio", s_failed),
        ]);
        Assert.That(ranking.Select(EpochsOf), Is.EqualTo(new[] { 2, 1, 3, 4 }), "4 has no number at all");
        Assert.That(ranking.Select(setting => setting.Stopped), Is.EqualTo(new[] { 1, 1, 0, 1 }));
        Assert.That(ranking.Select(setting => setting.Missing), Is.EqualTo(new[] { 0, 0, 0, 3 }));
    }

    [Test]
    public void A_setting_that_ran_on_more_sets_comes_before_one_that_is_nearer_on_fewer()
    {
        IReadOnlyList<RankedSetting> ranking = RankedSetting.Rank(
        [
            Cell(epochs: 1, "cardio", Whole(0.50, 0.60, 0.70)),
            Cell(epochs: 2, "cardio", Whole(0.55, 0.60, 0.70)), Cell(epochs: 2, "thyroid", Whole(0.55, 0.60, 0.70)),
        ]);
        Assert.That(ranking.Select(EpochsOf), Is.EqualTo(new[] { 2, 1 }));
    }

    [Test]
    public void Each_model_has_a_ranking_of_its_own()
    {
        IReadOnlyList<RankedSetting> ranking = RankedSetting.Rank(
        [
            Cell(epochs: 1, "cardio", Whole(0.90, 0.90, 0.90)),
            Cell(epochs: 2, "cardio", Whole(0.50, 0.60, 0.70)),
            Cell(BaseModel.Autoencoder, epochs: 3, "cardio", s_failed),
        ]);
        Assert.That(ranking.Select(setting => (setting.Model, EpochsOf(setting))),
            Is.EqualTo(new[] { ("ae", 3), ("svdd", 2), ("svdd", 1) }));
    }

    /// <summary>The AUCs of a run's rounds, of which rank flips select round 1.</summary>
    private static double[] Whole(double first, double iad, double best) => [first, iad, best];

    private static int EpochsOf(RankedSetting setting) =>
        int.Parse(setting.Settings.Split("--epochs ")[1].Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);

    private static CellSummary Cell(int epochs, string dataset, params double[][] runs) =>
        Cell(BaseModel.OneClassSvdd, epochs, dataset, runs);

    private static CellSummary Cell(BaseModel model, int epochs, string dataset, params double[][] runs)
    {
        var settings = new Settings { Model = model, Training = new TrainingOptions { Rounds = Rounds, Epochs = epochs } };
        var cell = new Cell(PaperDataset.Of(dataset), null, settings, s_paper);
        return CellSummary.Of(cell, [.. runs.Select((auc, seed) => (new Trial(cell, null, (ulong)seed), new TrialResult
        {
            Key = "",
            Inputs = "",
            Engine = "engine",
            Untrained = null,
            Auc = auc,
            SelectedBy = auc.Length == 0 ? [] : Criteria.All.ToDictionary(name => name, _ => 1),
            Alarms = [],
        }))]);
    }
}
