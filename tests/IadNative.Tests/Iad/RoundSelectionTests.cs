using IadNative.Iad;

namespace IadNative.Tests.Iad;

public sealed class RoundSelectionTests
{
    // h and Otsu's ratio of rounds 1, 2, ...; round 0 has no h and may not be chosen for its ratio of 0.
    [TestCase("rank-flip", new[] { 5, 3, 4 }, new[] { 0.1, 0.2, 0.3 }, 2)]
    [TestCase("rank-flip", new[] { 5, 3, 3, 4, 3 }, new[] { 0.1, 0.2, 0.3, 0, 0 }, 2)]
    [TestCase("rank-flip", new[] { 0, 0, 0 }, new[] { 0.1, 0.2, 0.3 }, 1)]
    [TestCase("otsu", new[] { 5, 3, 4 }, new[] { 0.5, 0.6, 0.4 }, 3)]
    [TestCase("otsu", new[] { 5, 3, 4 }, new[] { 0.6, 0.4, 0.4 }, 2)]
    [TestCase("otsu", new[] { 5, 3, 4 }, new[] { 1.0, 1, 1 }, 1)]
    [TestCase("last", new[] { 0, 3, 4 }, new[] { 0.1, 0.2, 0.3 }, 3)]
    [TestCase("fixed:2", new[] { 0, 3, 4 }, new[] { 0.1, 0.2, 0.3 }, 2)]
    [TestCase("fixed:0", new[] { 0, 3, 4 }, new[] { 0.1, 0.2, 0.3 }, 0)]
    [TestCase("fixed:3", new[] { 0, 3, 4 }, new[] { 0.1, 0.2, 0.3 }, 3)]
    [TestCase("fixed:9", new[] { 0, 3, 4 }, new[] { 0.1, 0.2, 0.3 }, 3)]
    public void Each_criterion_picks_its_round_the_earliest_on_ties(string criterion, int[] flips, double[] otsu,
        int expected) =>
        Assert.That(RoundSelection.Select(TerminationCriterion.Parse(criterion), Rounds(flips, otsu)),
            Is.EqualTo(expected));

    [TestCase("rank-flip")]
    [TestCase("otsu")]
    [TestCase("last")]
    [TestCase("fixed:5")]
    public void Base_is_the_choice_without_further_rounds_and_nothing_without_any(string text)
    {
        TerminationCriterion criterion = TerminationCriterion.Parse(text);
        Assert.That(RoundSelection.Select(criterion, Rounds([], [])), Is.Zero);
        Assert.That(RoundSelection.Select(criterion, []), Is.EqualTo(-1));
    }

    // All rules, also those that come after this test.
    private static IEnumerable<string> Criteria => TerminationCriterion.All.Select(criterion => criterion.ToString()).Append("fixed:0");

    [Test]
    public void A_later_round_never_changes_the_choice_among_earlier_ones(
        [ValueSource(nameof(Criteria))] string text, [Range(0, 19)] int seed)
    {
        var random = new System.Random(seed);
        int[] flips = [.. Enumerable.Range(0, 12).Select(_ => random.Next(5))];
        double[] otsu = [.. Enumerable.Range(0, 12).Select(_ => random.Next(5) / 4.0)];
        RoundReport[] rounds = Rounds(flips, otsu);
        TerminationCriterion criterion = TerminationCriterion.Parse(text);
        int before = -1;
        for (int count = 1; count <= rounds.Length; count++)
        {
            int choice = RoundSelection.Select(criterion, rounds[..count]);
            Assert.That(choice, Is.EqualTo(before).Or.EqualTo(count - 1), $"after {count} rounds");
            before = choice;

            // A round is picked when it ends exactly where it is the choice among those up to it.
            var selection = new RoundSelection(criterion);
            foreach (RoundReport round in rounds[..(count - 1)]) selection.Add(round.Facts);
            Assert.That(selection.Picks(rounds[count - 1].Facts), Is.EqualTo(choice == count - 1), $"after {count} rounds");
        }
    }

    [TestCase("average:1-2", 0, "0")]
    [TestCase("average:1-2", 1, "1")]
    [TestCase("average:1-2", 2, "1 2")]
    [TestCase("average:1-2", 4, "1 2")]
    [TestCase("average:0-3", 2, "0 1 2")]
    [TestCase("average:2-2", 4, "2")]
    [TestCase("average:5-9", 3, "3")]
    [TestCase("last", 3, "3")]
    public void Rounds_to_average_are_kept_beside_each_other(string criterion, int last, string kept)
    {
        var selection = new RoundSelection(TerminationCriterion.Parse(criterion));
        for (int round = 0; round <= last; round++) selection.Add(Reports.Round(round).Facts);
        Assert.That(string.Join(' ', selection.Rounds), Is.EqualTo(kept));
        Assert.That(selection.Round, Is.EqualTo(selection.Rounds[^1]));
    }

    [Test]
    public void The_four_recorded_criteria_are_those_of_the_specification() =>
        Assert.That(RoundSelection.Recorded.Select(c => c.ToString()),
            Is.EqualTo(["rank-flip", "fixed:5", "last", "otsu"]));

    [Test]
    public void A_run_reports_the_auc_of_its_first_selected_and_best_round()
    {
        RunReport run = Reports.Run(2, Reports.Round(0, auc: 0.5), Reports.Round(1, auc: 0.9),
            Reports.Round(2, auc: 0.7));
        Assert.That((run.BaseAuc, run.IadAuc, run.BestAuc), Is.EqualTo(((double?)0.5, (double?)0.7, (double?)0.9)));
        RunReport unlabelled = Reports.Run(0, Reports.Round(0));
        Assert.That((unlabelled.BaseAuc, unlabelled.IadAuc, unlabelled.BestAuc),
            Is.EqualTo(((double?)null, (double?)null, (double?)null)));
        RunReport none = Reports.Run(-1);
        Assert.That((none.BaseAuc, none.IadAuc, none.BestAuc), Is.EqualTo(((double?)null, (double?)null, (double?)null)));
    }

    private static RoundReport[] Rounds(int[] flips, double[] otsu) =>
        [Reports.Round(0, otsu: 0), .. flips.Select((h, i) => Reports.Round(i + 1, h, otsu[i]))];
}
