using IadNative.Detectors;
using IadNative.Networks;

namespace IadNative.Tests.Detectors;

public sealed class NamesTests
{
    [TestCase("svdd", BaseModel.OneClassSvdd)]
    [TestCase("svdd-soft", BaseModel.SoftBoundarySvdd)]
    [TestCase("ae", BaseModel.Autoencoder)]
    [TestCase("maf", BaseModel.MaskedAutoregressiveFlow)]
    public void Base_models_have_short_names(string name, BaseModel model)
    {
        Assert.That(BaseModelNames.Parse(name), Is.EqualTo(model));
        Assert.That(model.ToShortName(), Is.EqualTo(name));
    }

    [Test]
    public void Every_base_model_has_a_name()
    {
        Assert.That(BaseModelNames.All, Is.EqualTo(Enum.GetValues<BaseModel>().Select(model => model.ToShortName())));
        Assert.That(() => BaseModelNames.Parse("SVDD"),
            Throws.TypeOf<FormatException>().With.Message.Contains("svdd, svdd-soft, ae, maf"));
        Assert.That(() => ((BaseModel)9).ToShortName(), Throws.TypeOf<ArgumentOutOfRangeException>());
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
    public void Other_thresholds_are_refused_with_what_is_allowed(string text) =>
        Assert.That(() => ThresholdRule.Parse(text),
        Throws.TypeOf<FormatException>().With.Message.Contains($"'{text}'").And.Message.Contains("quantile:Q"));

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(double.NaN)]
    public void A_threshold_quantile_lies_inside_0_to_1(double q) =>
        Assert.That(() => ThresholdRule.AtQuantile(q), Throws.TypeOf<ArgumentOutOfRangeException>());

    [Test]
    public void Only_the_soft_boundary_has_a_radius_by_default()
    {
        Assert.That(ThresholdRule.Default(BaseModel.SoftBoundarySvdd), Is.EqualTo(ThresholdRule.Radius));
        Assert.That(ThresholdRule.Default(BaseModel.OneClassSvdd), Is.EqualTo(ThresholdRule.Otsu));
        Assert.That(ThresholdRule.Default(BaseModel.Autoencoder), Is.EqualTo(ThresholdRule.Otsu));
        Assert.That(ThresholdRule.Default(BaseModel.MaskedAutoregressiveFlow), Is.EqualTo(ThresholdRule.Otsu));
    }
}
