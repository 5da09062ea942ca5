using System.CommandLine;
using IadNative.Cli;
using IadNative.Data;
using IadNative.Detectors;
using IadNative.Iad;
using IadNative.Models;
using IadNative.Networks;

namespace IadNative.Tests.Cli;

internal sealed class FitSyntaxTests
{
    [Test]
    public void Without_options_everything_is_the_librarys_default()
    {
        FitArguments arguments = Bind();
        Assert.That(arguments.Data, Is.EqualTo(new DataInput("data.csv", null, "error") { Reading = arguments.Data.Reading }));
        Assert.That(arguments.Options, Is.EqualTo(new FitOptions()));
        Assert.That(arguments.PartsOfNetwork, Is.Empty);
        Assert.That((arguments.Device, arguments.Out, arguments.Json), Is.EqualTo((new DeviceChoice(DeviceKind.Auto), (string?)null, (string?)null)));
        FitOptions options = arguments.OptionsFor(Data(100));
        Assert.That((options.Model, options.Network), Is.EqualTo((BaseModel.Auto, NetworkSpec.None)));
        Assert.That((options.Training.Rounds, options.Training.InverseTau, options.Training.Termination), Is.EqualTo((1, BaseModel.Auto.DefaultInverseTau, TerminationCriterion.Last)));
        FitArguments svdd = Bind("--model", "svdd");
        Assert.That(svdd.OptionsFor(Data(100)).Network, Is.EqualTo(new NetworkSpec(32, 16, 8)));
        Assert.That(svdd.OptionsFor(Data(101)).Network, Is.EqualTo(new NetworkSpec(128, 64, 32)));
        Assert.That(svdd.OptionsFor(Data(100)).Training.Epochs, Is.EqualTo(20));
    }

    [Test]
    public void Every_training_option_reaches_its_property()
    {
        TrainingOptions expected = new()
        {
            Rounds = 3,
            Epochs = 4,
            BatchSize = 5,
            LearningRate = 0.5,
            WeightDecay = 0.25,
            InverseTau = 25,
            Between = BetweenRounds.Warm,
            Termination = TerminationCriterion.Fixed(2),
            Seed = ulong.MaxValue,
            Seeds = 7,
            Ensemble = 8,
        };
        FitArguments arguments = Bind("--rounds", "3", "--epochs", "4", "--batch", "5", "--lr", "0.5", "--weight-decay", "2.5e-1",
            "--inverse-tau", "25", "--between", "warm", "--model", "svdd-soft", "--pretrain", "6", "--nu", "0.75", "--termination", "fixed:2",
            "--seed", "18446744073709551615", "--seeds", "7", "--ensemble", "8");
        Assert.That(arguments.Options.Training, Is.EqualTo(expected));
        Assert.That(arguments.Options.Model, Is.EqualTo(new SoftBoundarySvdd { PretrainEpochs = 6, Nu = 0.75 }));
    }

    [Test]
    public void Every_other_option_reaches_its_property()
    {
        FitArguments arguments = Bind("--label", "y", "--missing", "drop", "--model", "ae", "--network", "5-4", "--bias",
            "--no-batch-norm", "--affine", "--threshold", "quantile:0.9", "--device", "cpu", "--threads", "3",
            "--out", "m.iad", "--json", "-");
        Assert.That(arguments.Data, Is.EqualTo(new DataInput("data.csv", "y", "drop") { Reading = arguments.Data.Reading }));
        Assert.That(arguments.Options.Model, Is.EqualTo(BaseModel.Autoencoder));
        Assert.That(arguments.Options.Threshold, Is.EqualTo(ThresholdRule.AtQuantile(0.9)));
        Assert.That(arguments.Options.Threads, Is.EqualTo(3));
        Assert.That((arguments.Device, arguments.Out, arguments.Json), Is.EqualTo((new DeviceChoice(DeviceKind.Cpu), "m.iad", "-")));
        var network = new NetworkSpec(5, 4) { Bias = true, BatchNorm = false, Affine = true };
        Assert.That(arguments.OptionsFor(Data(100)).Network, Is.EqualTo(network));
    }

    [Test]
    public void Images_have_defaults_of_their_own()
    {
        FitArguments arguments = Bind("--images");
        Assert.That(arguments.Data, Is.EqualTo(new DataInput("data.csv", null, "error", Images: true) { Reading = arguments.Data.Reading }));
        FitOptions options = arguments.OptionsFor(Images());
        Assert.That(arguments.Options, Is.EqualTo(new FitOptions()), "the library knows images when it sees them");
        TrainingOptions training = options.Training;
        Assert.That(options.Model, Is.EqualTo(BaseModel.Auto));
        Assert.That((training.Rounds, training.InverseTau), Is.EqualTo((3, BaseModel.Auto.DefaultInverseTau)));
        Assert.That((arguments.NormalClasses, arguments.Contamination), Is.EqualTo(((IReadOnlyList<string>?)null, (double?)null)));
        Assert.That(options.Normalization, Is.EqualTo(ImageNormalization.SmoothContrast));
        FitOptions named = Bind("--images", "--model", "svdd").OptionsFor(Images());
        training = named.Training;
        Assert.That((training.Rounds, training.BatchSize, training.LearningRate, training.InverseTau), Is.EqualTo((10, 200, 1e-4, 4.0)));
        Assert.That(named.Normalization, Is.EqualTo(ImageNormalization.GlobalContrast));
    }

    [Test]
    public void Every_option_of_images_reaches_its_property()
    {
        FitArguments arguments = Bind("--images", "--normal-class", "1, 3,cat", "--contamination", "0.05", "--normalization", "l1",
            "--rounds", "15", "--batch", "128", "--lr", "0.001", "--model", "svdd");
        Assert.That(arguments.NormalClasses, Is.EqualTo(new[] { "1", "3", "cat" }));
        Assert.That(arguments.Contamination, Is.EqualTo(0.05));
        FitOptions options = arguments.OptionsFor(Images());
        Assert.That(options.Normalization, Is.EqualTo(ImageNormalization.L1));
        Assert.That((options.Training.Rounds, options.Training.BatchSize, options.Training.LearningRate), Is.EqualTo((15, 128, 1e-3)));
    }

    [Test]
    public void A_flow_has_defaults_of_its_own()
    {
        FitOptions options = Bind("--model", "maf").OptionsFor(Data(274));
        Assert.That(options.Network, Is.EqualTo(new NetworkSpec(32, 32)));
        Assert.That((options.Training.Epochs, options.Model), Is.EqualTo(((int?)5, BaseModel.MaskedAutoregressiveFlow)));
    }

    [Test]
    public void Every_option_of_a_flow_reaches_its_property()
    {
        FitOptions options = Bind("--model", "maf", "--degrees", "spread", "--score", "density", "--network", "64",
            "--no-batch-norm", "--epochs", "7").OptionsFor(Data(274));
        Assert.That(options.Network, Is.EqualTo(new NetworkSpec(64) { BatchNorm = false }));
        Assert.That(options.Training.Epochs, Is.EqualTo(7));
        Assert.That(
            options.Model, Is.EqualTo(new MaskedAutoregressiveFlow { Degrees = MadeDegrees.Spread, WeightByDensity = true }));
    }

    [Test]
    public void Models_go_by_their_short_names([EachModel] BaseModel model) =>
        Assert.That(Bind("--model", model.Name).Options.Model, Is.EqualTo(model));

    [TestCase("reinit", BetweenRounds.Reinitialize)]
    [TestCase("same", BetweenRounds.Same)]
    [TestCase("warm", BetweenRounds.Warm)]
    public void Between_goes_by_its_words_in_both_directions(string name, BetweenRounds between)
    {
        Assert.That(Bind("--model", "svdd", "--between", name).Options.Training.Between, Is.EqualTo(between));
        Assert.That(between.ToShortName(), Is.EqualTo(name));
    }

    private static FitArguments Bind(params string[] options)
    {
        var command = new Command("fit");
        var syntax = new FitSyntax();
        syntax.AddTo(command);
        ParseResult parsed = command.Parse(["data.csv", .. options]);
        Assert.That(parsed.Errors, Is.Empty);
        return syntax.Bind(parsed);
    }

    private static Dataset Images() => new("images", new float[784], 1, 784) { Image = new ImageShape(28, 28) };

    private static Dataset Data(int features) => new("data", new float[features], 1, features);
}
