using IadNative.Iad;

namespace IadNative.Tests.Iad;

public sealed class TrainingOptionsTests
{
    private static readonly TrainingOptions s_default = new();

    private static readonly TestCaseData[] s_bad =
    [
        Case("Rounds", s_default with { Rounds = -1 }),
        Case("Rounds", s_default with { Rounds = 65_536 }),
        Case("Epochs", s_default with { Epochs = 0 }),
        Case("Epochs", s_default with { Epochs = 65_536 }),
        Case("BatchSize", s_default with { BatchSize = 1 }),
        Case("BatchSize", s_default with { BatchSize = (1 << 20) + 1 }),
        Case("LearningRate", s_default with { LearningRate = 0 }),
        Case("LearningRate", s_default with { LearningRate = 10.1 }),
        Case("LearningRate", s_default with { LearningRate = double.NaN }),
        Case("WeightDecay", s_default with { WeightDecay = -1e-9 }),
        Case("WeightDecay", s_default with { WeightDecay = double.PositiveInfinity }),
        Case("WeightDecay", s_default with { WeightDecay = double.NaN }),
        Case("InverseTau", s_default with { InverseTau = 0 }),
        Case("InverseTau", s_default with { InverseTau = 1_000_001 }),
        Case("InverseTau", s_default with { InverseTau = double.NaN }),
        Case("Seeds", s_default with { Seeds = 0 }),
        Case("Seeds", s_default with { Seeds = 10_001 }),
        Case("Ensemble", s_default with { Ensemble = 0 }),
        Case("Ensemble", s_default with { Ensemble = 1_001 }),
        Case("Between", s_default with { Between = (BetweenRounds)3 }),
        Case("Termination", s_default with { Termination = null! }),
    ];

    private static readonly TrainingOptions[] s_good =
    [
        s_default,
        new()
        {
            Rounds = 0, Epochs = 1, BatchSize = 2, LearningRate = 1e-300, WeightDecay = 0, InverseTau = 1e-300,
            Termination = TerminationCriterion.Fixed(0),
        },
        new()
        {
            Rounds = 65_535, Epochs = 65_535, BatchSize = 1 << 20, LearningRate = 10, WeightDecay = 10, InverseTau = 1e6,
            Seed = ulong.MaxValue, Seeds = 10_000, Ensemble = 1_000,
            Between = BetweenRounds.Warm, Termination = TerminationCriterion.Fixed(int.MaxValue),
        },
    ];

    [TestCaseSource(nameof(s_bad))]
    public void A_value_out_of_its_range_is_refused_by_name_with_what_is_allowed(string name, TrainingOptions options)
    {
        ArgumentException e = Assert.Throws<ArgumentException>(options.Validate);
        Assert.That(e.ParamName, Is.EqualTo(name));
        Assert.That(e.Message, Does.StartWith($"{name} is ").And.Contains("allowed is"));
    }

    [TestCaseSource(nameof(s_good))]
    public void The_ends_of_each_range_are_allowed(TrainingOptions options) =>
        Assert.That(options.Validate, Throws.Nothing);

    [Test]
    public void The_defaults_are_those_of_the_specification() => Assert.That(s_default.FilledFor(images: false), Is.EqualTo(new TrainingOptions
    {
        Rounds = 15, Epochs = null, BatchSize = 128, LearningRate = 1e-3, WeightDecay = 0, InverseTau = 4,
        Seed = 0, Seeds = 1, Ensemble = 1, Between = BetweenRounds.Reinitialize,
        Termination = TerminationCriterion.RankFlip,
    }));

    [Test]
    public void Images_have_defaults_of_their_own_unless_they_are_set()
    {
        TrainingOptions images = s_default.FilledFor(images: true);
        Assert.That((images.Rounds, images.BatchSize, images.LearningRate), Is.EqualTo((10, 200, 1e-4)));
        TrainingOptions set = new TrainingOptions { Rounds = 15, BatchSize = 128, LearningRate = 1e-3 }.FilledFor(images: true);
        Assert.That((set.Rounds, set.BatchSize, set.LearningRate), Is.EqualTo((15, 128, 1e-3)));
    }

    private static TestCaseData Case(string name, TrainingOptions options) => new(name, options);
}
