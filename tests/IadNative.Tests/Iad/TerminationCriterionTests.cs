using IadNative.Iad;

namespace IadNative.Tests.Iad;

public sealed class TerminationCriterionTests
{
    [TestCase("rank-flip", TerminationRule.RankFlip, 0)]
    [TestCase("last", TerminationRule.Last, 0)]
    [TestCase("otsu", TerminationRule.Otsu, 0)]
    [TestCase("fixed:0", TerminationRule.Fixed, 0)]
    [TestCase("fixed:5", TerminationRule.Fixed, 5)]
    [TestCase("fixed:2147483647", TerminationRule.Fixed, int.MaxValue)]
    public void Criteria_are_read_as_they_are_written(string text, TerminationRule rule, int round)
    {
        TerminationCriterion criterion = TerminationCriterion.Parse(text);
        Assert.That((criterion.Rule, criterion.Round), Is.EqualTo((rule, round)));
        Assert.That(criterion.ToString(), Is.EqualTo(text));
    }

    [TestCase("")]
    [TestCase("Last")]
    [TestCase("fixed")]
    [TestCase("fixed:")]
    [TestCase("fixed:-1")]
    [TestCase("fixed:1.5")]
    [TestCase("fixed:2147483648")]
    [TestCase("rank-flip:1")]
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
