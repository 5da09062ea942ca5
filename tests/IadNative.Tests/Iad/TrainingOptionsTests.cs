using IadNative.Iad;

namespace IadNative.Tests.Iad;

public sealed class TrainingOptionsTests
{
    private static readonly TrainingOptions Default = new();

    private static readonly TestCaseData[] Bad =
    [
        Case("Rounds", Default with { Rounds = -1 }),
        Case("Rounds", Default with { Rounds = 65_536 }),
        Case("Epochs", Default with { Epochs = 0 }),
        Case("Epochs", Default with { Epochs = 65_536 }),
        Case("BatchSize", Default with { BatchSize = 1 }),
        Case("BatchSize", Default with { BatchSize = (1 << 20) + 1 }),
        Case("LearningRate", Default with { LearningRate = 0 }),
        Case("LearningRate", Default with { LearningRate = 10.1 }),
        Case("LearningRate", Default with { LearningRate = double.NaN }),
        Case("WeightDecay", Default with { WeightDecay = -1e-9 }),
        Case("WeightDecay", Default with { WeightDecay = double.PositiveInfinity }),
        Case("WeightDecay", Default with { WeightDecay = double.NaN }),
        Case("InverseTau", Default with { InverseTau = 0 }),
        Case("InverseTau", Default with { InverseTau = 1_000_001 }),
        Case("InverseTau", Default with { InverseTau = double.NaN }),
        Case("Seeds", Default with { Seeds = 0 }),
        Case("Seeds", Default with { Seeds = 10_001 }),
        Case("Ensemble", Default with { Ensemble = 0 }),
        Case("Ensemble", Default with { Ensemble = 1_001 }),
        Case("Between", Default with { Between = (BetweenRounds)3 }),
        Case("Termination", Default with { Termination = null! }),
    ];

    private static readonly TrainingOptions[] Good =
    [
        Default,
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

    [TestCaseSource(nameof(Bad))]
    public void A_value_out_of_its_range_is_refused_by_name_with_what_is_allowed(string name, TrainingOptions options)
    {
        ArgumentException e = Assert.Throws<ArgumentException>(options.Validate);
        Assert.That(e.ParamName, Is.EqualTo(name));
        Assert.That(e.Message, Does.StartWith($"{name} is ").And.Contains("allowed is"));
    }

    [TestCaseSource(nameof(Good))]
    public void The_ends_of_each_range_are_allowed(TrainingOptions options) =>
        Assert.That(options.Validate, Throws.Nothing);

    [Test]
    public void The_defaults_are_those_of_the_specification() => Assert.That(Default.FilledFor(images: false), Is.EqualTo(new TrainingOptions
    {
        Rounds = 15, Epochs = null, BatchSize = 128, LearningRate = 1e-3, WeightDecay = 0, InverseTau = 4,
        Seed = 0, Seeds = 1, Ensemble = 1, Between = BetweenRounds.Reinitialize,
        Termination = TerminationCriterion.RankFlip,
    }));

    [Test]
    public void Images_have_defaults_of_their_own_unless_they_are_set()
    {
        TrainingOptions images = Default.FilledFor(images: true);
        Assert.That((images.Rounds, images.BatchSize, images.LearningRate), Is.EqualTo((10, 200, 1e-4)));
        TrainingOptions set = new TrainingOptions { Rounds = 15, BatchSize = 128, LearningRate = 1e-3 }.FilledFor(images: true);
        Assert.That((set.Rounds, set.BatchSize, set.LearningRate), Is.EqualTo((15, 128, 1e-3)));
    }

    private static TestCaseData Case(string name, TrainingOptions options) => new(name, options);
}
