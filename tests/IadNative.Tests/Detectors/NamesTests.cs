using IadNative.Detectors;
using IadNative.Models;
using IadNative.Networks;

namespace IadNative.Tests.Detectors;

public sealed class NamesTests
{
    [Test]
    public void Base_models_have_short_names_that_read_back()
    {
        Assert.That(BaseModel.Names, Is.EqualTo(["auto", "svdd", "svdd-soft", "ae", "maf", "drae", "rsrae", "oneflow", "sdor", "dagpr", "gaussian"]));
        Assert.That(BaseModel.Names.Select(name => BaseModel.Parse(name)), Is.EqualTo(BaseModel.All.Prepend(BaseModel.Auto)));
        Assert.That(() => BaseModel.Parse("SVDD"), Throws.TypeOf<FormatException>().With.Message.Contains("svdd, svdd-soft, ae, maf"));
    }

    [Test]
    public void Rules_for_degrees_have_short_names()
    {
        Assert.That(MadeDegreesNames.All, Is.EqualTo(new[] { "sequential", "spread" }));
        Assert.That(MadeDegreesNames.All.Select(MadeDegreesNames.Parse), Is.EqualTo(Enum.GetValues<MadeDegrees>()));
        Assert.That(() => MadeDegreesNames.Parse("Spread"),
            Throws.TypeOf<FormatException>().With.Message.Contains("sequential or spread"));
        Assert.That(() => ((MadeDegrees)9).ToShortName(), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [TestCase("otsu", null)]
    [TestCase("root-otsu", null)]
    [TestCase("contamination:0.05", null)]
    [TestCase("contamination:1E-300", null)]
    [TestCase("top:1", null)]
    [TestCase("top:2147483647", null)]
    [TestCase("radius", null)]
    [TestCase("quantile:0.95", 0.95)]
    [TestCase("quantile:0.1", 0.1)]
    [TestCase("quantile:1E-300", 1e-300)]
    [TestCase("quantile:0.9999999999999999", 0.9999999999999999)]
    public void Threshold_rules_are_read_as_they_are_written(string text, double? quantile)
    {
        ThresholdRule rule = ThresholdRule.Parse(text);
        Assert.That(rule.Quantile, Is.EqualTo(quantile));
        Assert.That(rule.ToString(), Is.EqualTo(text));
        Assert.That(ThresholdRule.Parse(rule.ToString()), Is.EqualTo(rule));
    }

    [TestCase("")]
    [TestCase("Otsu")]
    [TestCase("quantile")]
    [TestCase("quantile:")]
    [TestCase("quantile:0")]
    [TestCase("quantile:1")]
    [TestCase("quantile:0,5")]
    [TestCase("quantile:NaN")]
    [TestCase("quantile:95%")]
    [TestCase("contamination:")]
    [TestCase("contamination:0")]
    [TestCase("contamination:1")]
    [TestCase("contamination:5%")]
    [TestCase("top:")]
    [TestCase("top:0")]
    [TestCase("top:-1")]
    [TestCase("top:1.5")]
    [TestCase("top:2147483648")]
    public void Other_thresholds_are_refused_with_what_is_allowed(string text) =>
        Assert.That(() => ThresholdRule.Parse(text),
        Throws.TypeOf<FormatException>().With.Message.Contains($"'{text}'").And.Message.Contains("quantile:Q"));

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(double.NaN)]
    public void A_threshold_quantile_and_share_lie_inside_0_to_1(double q)
    {
        Assert.That(() => ThresholdRule.AtQuantile(q), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => ThresholdRule.Contamination(q), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => ThresholdRule.Top(0), Throws.TypeOf<ArgumentOutOfRangeException>());
    }
}
