using IadNative.Iad;

namespace IadNative.Tests.Iad;

public sealed class TerminationCriterionTests
{
    private static readonly (string Text, TerminationCriterion Criterion)[] s_criteria =
    [
        ("rank-flip", TerminationCriterion.RankFlip),
        ("last", TerminationCriterion.Last),
        ("otsu", TerminationCriterion.Otsu),
        ("fixed:0", TerminationCriterion.Fixed(0)),
        ("fixed:5", TerminationCriterion.Fixed(5)),
        ("fixed:2147483647", TerminationCriterion.Fixed(int.MaxValue)),
        ("average:1-2", TerminationCriterion.Average(1, 2)),
        ("average:0-2147483647", TerminationCriterion.Average(0, int.MaxValue)),
    ];

    [Test]
    public void Criteria_are_read_as_they_are_written_and_equal_where_their_texts_are()
    {
        foreach ((string text, TerminationCriterion criterion) in s_criteria)
        {
            Assert.That(criterion.ToString(), Is.EqualTo(text));
            foreach ((string other, TerminationCriterion another) in s_criteria)
            {
                Assert.That(TerminationCriterion.Parse(text) == another, Is.EqualTo(text == other), $"{text} and {other}");
                if (text == other) Assert.That(criterion.GetHashCode(), Is.EqualTo(TerminationCriterion.Parse(text).GetHashCode()));
            }
        }
    }

    [Test]
    public void Every_rule_is_in_the_list_of_all()
    {
        Type[] rules = [.. typeof(TerminationCriterion).Assembly.GetTypes().Where(type =>
            type.IsSubclassOf(typeof(TerminationCriterion)) && !type.IsAbstract)];
        Assert.That(TerminationCriterion.Rules.Select(criterion => criterion.GetType()), Is.EquivalentTo(rules));
        Assert.That(TerminationCriterion.Forms, Is.EqualTo("rank-flip, fixed:ROUND, last, otsu or average:FIRST-LAST"));
    }

    [Test]
    public void A_round_before_the_first_cannot_be_fixed() => Assert.That(
        () => TerminationCriterion.Fixed(-1), Throws.TypeOf<ArgumentOutOfRangeException>());

    [Test]
    public void Rounds_to_average_ascend_from_zero_on()
    {
        Assert.That(() => TerminationCriterion.Average(-1, 2), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => TerminationCriterion.Average(2, 1), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [TestCase("average:1-2", 0, 1)]
    [TestCase("average:1-2", 1, 1)]
    [TestCase("average:1-2", 2, 2)]
    [TestCase("average:1-2", 9, 2)]
    [TestCase("average:0-2147483647", 3, 4)]
    [TestCase("fixed:1", 9, 1)]
    public void It_is_known_beforehand_how_many_rounds_are_kept(string text, int rounds, int kept) =>
        Assert.That(TerminationCriterion.Parse(text).KeptOf(rounds), Is.EqualTo(kept));

    [TestCase("")]
    [TestCase("Last")]
    [TestCase("fixed")]
    [TestCase("fixed:")]
    [TestCase("fixed:-1")]
    [TestCase("fixed:1.5")]
    [TestCase("fixed:2147483648")]
    [TestCase("rank-flip:1")]
    [TestCase("average:")]
    [TestCase("average:1")]
    [TestCase("average:2-1")]
    [TestCase("average:-1-2")]
    [TestCase("average:1-2-3")]
    public void Other_texts_are_refused_with_what_is_allowed(string text) =>
        Assert.That(() => TerminationCriterion.Parse(text),
            Throws.TypeOf<FormatException>().With.Message.Contains($"'{text}'").And.Message.Contains("fixed:ROUND"));

    [Test]
    public void Nothing_is_no_criterion() => Assert.That(
        () => TerminationCriterion.Parse(null!), Throws.ArgumentNullException);

    [TestCase("reinit", BetweenRounds.Reinitialize)]
    [TestCase("same", BetweenRounds.Same)]
    [TestCase("warm", BetweenRounds.Warm)]
    public void Ways_to_begin_a_round_have_short_names(string name, BetweenRounds value)
    {
        Assert.That(BetweenRoundsNames.Parse(name), Is.EqualTo(value));
        Assert.That(value.ToShortName(), Is.EqualTo(name));
    }

    [Test]
    public void Other_ways_to_begin_a_round_are_refused()
    {
        Assert.That(() => BetweenRoundsNames.Parse("Warm"),
            Throws.TypeOf<FormatException>().With.Message.Contains("reinit, same or warm"));
        Assert.That(() => ((BetweenRounds)3).ToShortName(), Throws.TypeOf<ArgumentOutOfRangeException>());
    }
}
