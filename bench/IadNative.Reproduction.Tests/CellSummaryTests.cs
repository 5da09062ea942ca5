using IadNative.Detectors;
using IadNative.Models;

namespace IadNative.Reproduction.Tests;

internal sealed class CellSummaryTests
{
    [Test]
    public void Standard_deviations_of_images_are_over_seeds_averaged_over_classes()
    {
        Cell cell = CellOf("mnist", 0.2);
        CellSummary summary = CellSummary.Of(cell,
        [
            (new Trial(cell, "0", 0), Result(0.5, 0.7, 0.8)), (new Trial(cell, "0", 1), Result(0.7, 0.7, 0.9)),
            (new Trial(cell, "1", 0), Result(0.2, 0.3, 0.4)), (new Trial(cell, "1", 1), Result(0.2, 0.5, 0.1)),
        ]);
        Assert.That(summary.Base!.Mean, Is.EqualTo(0.4).Within(1e-12));
        Assert.That(summary.Base.Std, Is.EqualTo((0.1 + 0) / 2).Within(1e-12));
        Assert.That(summary.Iad!.Mean, Is.EqualTo(0.55).Within(1e-12));
        Assert.That(summary.IadBest!.Mean, Is.EqualTo((0.8 + 0.9 + 0.4 + 0.5) / 4).Within(1e-12));
        Assert.That(summary.ByCriterion["last"].Mean, Is.EqualTo((0.8 + 0.9 + 0.4 + 0.1) / 4).Within(1e-12));
        Assert.That((summary.Seeds, summary.Classes), Is.EqualTo((2, new[] { "0", "1" })));
    }

    [Test]
    public void Rounds_are_those_that_trials_finished()
    {
        Cell cell = CellOf("cardio", null);
        CellSummary summary = CellSummary.Of(cell,
        [
            (new Trial(cell, null, 0), Result(0.5, 0.6, 0.7) with { Distance = 0.8 }), (new Trial(cell, null, 1), Result(0.7, 0.8)),
            (new Trial(cell, null, 2), Failed("it froze")),
        ]);
        Assert.That(summary.Rounds.Select(round => (Math.Round(round.Mean, 12), Math.Round(round.Std, 12))),
            Is.EqualTo(new[] { (0.6, 0.1), (0.7, 0.1), (0.7, 0) }));
        Assert.That(summary.Distance, Is.EqualTo(new Auc(0.8, 0)), "an earlier version did not keep it");
    }

    [TestCase(0.8, 0.001, 0.8199, true)]
    [TestCase(0.8, 0.001, 0.7799, false)]
    [TestCase(0.8, 0.03, 0.8599, true)]
    [TestCase(0.8, 0.03, 0.8601, false)]
    [TestCase(0.8, 0.03, double.NaN, false)]
    public void A_number_is_near_its_reference_within_two_points_or_two_standard_deviations(double mean, double std, double ours, bool near) =>
        Assert.That(Agreement.IsWithinReference(new Auc(ours, 0), new Auc(mean, std)), Is.EqualTo(near));

    [Test]
    public void A_trial_that_failed_is_left_out_and_told()
    {
        Cell cell = CellOf("cardio", null);
        TrialResult failed = Failed("it froze");
        CellSummary summary = CellSummary.Of(cell,
            [(new Trial(cell, null, 0), failed), (new Trial(cell, null, 1), Result(0.5, 0.6, 0.7))]);
        Assert.That((summary.Seeds, summary.Finished, summary.Stopped), Is.EqualTo((2, 1, 2)), "both are shorter than T");
        Assert.That(summary.Base, Is.EqualTo(new Auc(0.5, 0)));
        Assert.That(summary.Alarms, Is.EqualTo(new[] { "it froze" }));
        Assert.That(CellSummary.Of(cell, [(new Trial(cell, null, 0), failed)]).Iad, Is.Null);
    }

    [Test]
    public void A_class_whose_trials_all_failed_is_named()
    {
        Cell cell = CellOf("mnist", 0.2);
        CellSummary summary = CellSummary.Of(cell,
        [
            (new Trial(cell, "0", 0), Result(0.5, 0.7, 0.8)), (new Trial(cell, "0", 1), Result(0.7, 0.7, 0.9)),
            (new Trial(cell, "1", 0), Failed("it froze")), (new Trial(cell, "1", 1), Failed("it froze")),
            (new Trial(cell, "2", 0), Result(0.5, 0.7, 0.8)), (new Trial(cell, "2", 1), Failed("it froze")),
        ]);
        Assert.That((summary.Seeds, summary.Finished), Is.EqualTo((2, 0)));
        Assert.That(summary.Classes, Is.EqualTo(new[] { "0", "1", "2" }));
        Assert.That(summary.FailedClasses, Is.EqualTo(new[] { "1" }));
        Assert.That(summary.Base!.Mean, Is.EqualTo((0.6 + 0.5) / 2).Within(1e-12));
    }

    [Test]
    public void A_network_without_finite_scores_before_training_counts_after_it()
    {
        Cell cell = CellOf("cardio", null);
        CellSummary summary = CellSummary.Of(cell,
        [
            (new Trial(cell, null, 0), Result(0.5, 0.6, 0.7)),
            (new Trial(cell, null, 1), Result(0.7, 0.8, 0.9) with { Untrained = null }),
        ]);
        Assert.That(summary.Untrained, Is.EqualTo(new Auc(0.5, 0)));
        Assert.That(summary.Base!.Mean, Is.EqualTo(0.6).Within(1e-12));
        Assert.That(summary.Base.Std, Is.EqualTo(0.1).Within(1e-12));
    }

    [TestCase(0.853 + 0.1019, true)]
    [TestCase(0.853 - 0.1021, false)]
    public void A_number_is_near_within_two_standard_deviations(double mean, bool near) =>
        Assert.That(Agreement.IsWithin(new Auc(mean, 0), Auc.Percent(85.3, 5.1)), Is.EqualTo(near));

    [TestCase(0.9891, true)]
    [TestCase(0.9889, false)]
    [TestCase(double.NaN, false)]
    public void A_number_is_near_within_one_point(double mean, bool near) =>
        Assert.That(Agreement.IsWithin(new Auc(mean, 0), Auc.Percent(99.9, 0.1)), Is.EqualTo(near));

    [Test]
    public void A_missing_number_is_not_near() => Assert.That(Agreement.IsWithin(null, Auc.Percent(50, 50)), Is.False);

    [Test]
    public void Agreement_counts_numbers_and_improvements()
    {
        Cell cell = CellOf("cardio", null) with
        {
            Paper = new PaperResult(Auc.Percent(50, 1), Auc.Percent(60, 1), Auc.Percent(90, 1)),
        };
        CellSummary summary = CellSummary.Of(cell, [(new Trial(cell, null, 0), Result(0.52, 0.6, 0.7))]);
        Assert.That(Agreement.Of([summary]), Is.EqualTo(new Agreement(2, 3, 1, 1, 1)));
    }

    /// <summary>Rounds with these AUCs, of which rank flips select round 1.</summary>
    private static TrialResult Result(params double[] auc) => new()
    {
        Key = "",
        Inputs = "",
        Engine = "engine",
        Untrained = 0.5,
        Auc = auc,
        SelectedBy = new Dictionary<string, int>
        {
            ["rank-flip"] = 1,
            ["fixed:5"] = auc.Length - 1,
            ["last"] = auc.Length - 1,
            ["otsu"] = 1,
        },
        Alarms = [],
    };

    /// <summary>No round at all.</summary>
    private static TrialResult Failed(string alarm) => new()
    {
        Key = "",
        Inputs = "",
        Engine = "engine",
        Untrained = null,
        Auc = [],
        SelectedBy = new Dictionary<string, int>(),
        Alarms = [alarm],
    };

    private static Cell CellOf(string dataset, double? contamination) => new(PaperDataset.Of(dataset), contamination,
        SettledSettings.Of(BaseModel.OneClassSvdd, images: contamination is not null), null);
}
