using IadNative.Data;
using IadNative.Detectors;
using IadNative.Iad;
using IadNative.Models;
using IadNative.Networks;
using IadNative.Persistence;
using IadNative.Tests.Fuzzing;

namespace IadNative.Tests.Detectors;

/// <summary>Detectors whose networks have convolutions, from fit to file.</summary>
public sealed class ConvolutionDetectorTests
{
    private static readonly Dataset s_data = SyntheticData.Contaminated(n: 120, d: 32);

    private static readonly FitOptions[] s_options =
    [
        Options(BaseModel.OneClassSvdd, "8x4-conv3-conv5-6-2") with { Threads = 2 },
        Options(BaseModel.SoftBoundarySvdd, "4x8-conv4-3", pretrain: 2, ensemble: 3),
        Options(BaseModel.Autoencoder, "8x4-conv2-conv3-4", bias: true),
        Options(new RobustSubspaceAutoencoder { Dimensions = 3, IsJoint = true }, "8x4-conv2-conv3-4"),
    ];

    private static readonly Autoencoder s_sigmoid = new() { HasSigmoid = true };

    private static readonly Dataset s_images = new("images", s_data.Values, s_data.Rows, s_data.Columns) { Image = new(8, 4) };

    [Test]
    public void A_fit_is_the_same_whatever_the_threads_and_survives_the_file([Range(0, 3)] int which)
    {
        FitResult result = AnomalyDetector.Fit(s_data, s_options[which]);
        FitResult alone = AnomalyDetector.Fit(s_data, s_options[which] with { Threads = 1 });
        Assert.That(result.Alarms.Where(alarm => alarm.Kind != AlarmKind.ControlBetter), Is.Empty);
        Assert.That(alone.Runs.Select(SyntheticData.Fingerprint), Is.EqualTo(result.Runs.Select(SyntheticData.Fingerprint)));

        AnomalyDetector saved = result.Detector;
        byte[] file = saved.Saved();
        AnomalyDetector loaded = SyntheticData.Loaded(file);
        Assert.That(loaded.Network, Is.EqualTo(s_options[which].Network));
        Assert.That(loaded.Options, Is.EqualTo(saved.Options with { Threads = 0 }));
        Assert.That(loaded.Saved(), Is.EqualTo(file), "saved again, the same bytes");
        float[] scores = saved.Score(s_data);
        Assert.That(scores, Is.All.GreaterThan(0f).And.All.LessThan(float.MaxValue));
        Assert.That(loaded.Score(s_data), Is.EqualTo(scores));
        for (int row = 0; row < s_data.Rows; row++)
            Assert.That(loaded.Score(s_data.Row(row)), Is.EqualTo(scores[row]), $"row {row}");
    }

    [Test]
    public void Anomalous_images_score_higher([EachModel("svdd", "ae")] BaseModel model)
    {
        FitOptions options = Options(model, "8x4-conv4-conv6-5") with
        {
            Training = new TrainingOptions { Rounds = 3, Epochs = 20, BatchSize = 30, Seed = 5 },
        };
        Assert.That(AnomalyDetector.Fit(SyntheticData.Contaminated(n: 300, d: 32), options).Iad!.Mean, Is.GreaterThan(0.9));
    }

    [Test]
    public void An_image_scores_without_allocations()
    {
        AnomalyDetector detector = AnomalyDetector.Fit(s_data, s_options[2]).Detector;
        float[] row = s_data.Row(3).ToArray(), parts = new float[32];
        Assert.That(Allocations.Of(() => detector.Score(row)), Is.Zero);
        detector.Explain(row, parts);
        Assert.That(parts.Sum(), Is.EqualTo(detector.Score(row)).Within(1e-4).Percent);
    }

    [Test]
    public void A_sigmoid_stands_in_the_file_and_its_errors_are_those_of_the_pixels()
    {
        FitOptions plain = Options(BaseModel.Autoencoder, "conv2-conv3-4") with { Network = NetworkSpec.Parse("8x4-conv2-conv3-4") };
        AnomalyDetector detector = AnomalyDetector.Fit(s_images, plain with { Model = s_sigmoid }).Detector;
        byte[] file = detector.Saved();
        AnomalyDetector loaded = SyntheticData.Loaded(file);
        Assert.That(loaded.Options.Model, Is.EqualTo(s_sigmoid).And.Not.EqualTo(BaseModel.Autoencoder));
        Assert.That(loaded.Saved(), Is.EqualTo(file));
        var opened = new ModelFile(file);
        Assert.That(opened.Description["training"]!["sigmoid"]!.GetValue<bool>(), Is.True);
        Assert.That(opened.Description["format"]!.GetValue<int>(), Is.EqualTo(5));
        opened.Description["format"] = 4;
        Assert.That(() => SyntheticData.Loaded(opened.ToBytes()), Throws.TypeOf<ModelFormatException>().With.Message.Contains("format 4 knows no sigmoid"));
        Assert.That(new ModelFile(AnomalyDetector.Fit(s_images, plain).Detector.Saved()).Description["training"]!["sigmoid"], Is.Null);

        // Pixels and reconstructions lie between 0 and 1, and so do squared errors.
        float[] parts = new float[32], scores = detector.Score(s_images);
        for (int row = 0; row < s_images.Rows; row++)
        {
            Assert.That(loaded.Score(s_images.Row(row)), Is.EqualTo(scores[row]));
            detector.Explain(s_images.Row(row), parts);
            Assert.That(parts, Has.All.InRange(0f, 1f).And.None.Zero);
            Assert.That(parts.Sum(), Is.EqualTo(scores[row]).Within(1e-4).Percent);
        }
    }

    [Test]
    public void A_sigmoid_is_refused_for_a_table() => Assert.That(
        () => AnomalyDetector.Fit(s_data, Options(s_sigmoid, "8x4-conv2-conv3-4")),
        Throws.ArgumentException.With.Message.Contains("Leave the sigmoid away"));

    [Test]
    public void A_sigmoid_is_refused_for_features_that_reach_beyond_it()
    {
        Assert.That(Fit(2), Throws.ArgumentException.With.Message.Contains("features on a scale to 2 do not"));
        Assert.That(Fit(1), Throws.Nothing);

        static Action Fit(double range) => () => AnomalyDetector.Fit(s_images, new FitOptions
        {
            Families = [new DetectorFamily { Model = s_sigmoid, Network = NetworkSpec.Parse("8x4-conv2-conv3-4"), Count = 2, Epochs = 1, Range = range }],
            Training = new TrainingOptions { Rounds = 1 },
        });
    }

    [Test]
    public void Data_that_are_no_such_images_are_refused()
    {
        Assert.That(
            () => AnomalyDetector.Fit(SyntheticData.Contaminated(n: 50, d: 30), Options(BaseModel.OneClassSvdd, "conv2-3")),
            Throws.ArgumentException.With.Message.Contains("30 features are no square image"));
        Assert.That(
            () => AnomalyDetector.Fit(s_data, Options(BaseModel.OneClassSvdd, "2x16-conv2-conv2-3")),
            Throws.ArgumentException.With.Message.Contains("multiples of 4"));
        Assert.That(
            () => AnomalyDetector.Fit(s_data, Options(BaseModel.MaskedAutoregressiveFlow, "8x4-conv2-3")),
            Throws.ArgumentException.With.Message.Contains("no convolutions"));
    }

    [TestCase("8x4-conv3-conv5-6-3")]
    [TestCase("4x8-conv3-conv5-6-2")]
    [TestCase("8x4-conv3-conv4-6-2")]
    [TestCase("8x4-conv3-6-2")]
    [TestCase("4x4-conv3-conv5-6-2")]
    [TestCase("conv3-conv5-6-2")]
    [TestCase("8x4-conv65536-conv65536-6-2")]
    [TestCase("8x4-6-2")]
    public void A_file_whose_network_is_another_is_refused_unless_every_tensor_fits_it(string network)
    {
        var file = new ModelFile(AnomalyDetector.Fit(s_data, s_options[0]).Detector.Saved());
        file.Description["network"]!["widths"] = network;
        byte[] bytes = file.ToBytes();
        long before = GC.GetAllocatedBytesForCurrentThread();
        if (network == "4x8-conv3-conv5-6-2")
            Assert.That(() => SyntheticData.Loaded(bytes).Score(s_data), Throws.Nothing);
        else
            Assert.That(() => SyntheticData.Loaded(bytes), Throws.TypeOf<ModelFormatException>());
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(2_000_000));
    }

    [Test]
    public void Damaged_models_are_refused_or_score()
    {
        // Without the checksum, which would refuse them all.
        byte[][] seeds = [.. s_options.Select(options => new ModelFile(AnomalyDetector.Fit(s_data, options).Detector.Saved()).ToBytes())];
        int loaded = 0, refused = 0;
        for (int i = 0; i < 2_000; i++)
        {
            try
            {
                AnomalyDetector detector = SyntheticData.Loaded(Mutator.Mutate(seeds[i % seeds.Length], i));
                float[] rows = new float[3 * detector.Features];
                Array.Fill(rows, 1e30f, detector.Features, detector.Features);
                Array.Fill(rows, float.NaN, 2 * detector.Features, detector.Features);
                float[] scores = new float[3];
                detector.Score(rows, scores);
                Assert.That(scores[..2], Has.All.Matches<float>(float.IsFinite), $"mutation {i}");
                Assert.That(scores[2], Is.EqualTo(float.MaxValue), $"mutation {i}");
                loaded++;
            }
            catch (ModelFormatException)
            {
                refused++;
            }
        }

        Assert.That(loaded, Is.GreaterThan(20));
        Assert.That(refused, Is.GreaterThan(500));
    }

    private static FitOptions Options(
        BaseModel model, string network, int pretrain = 0, int ensemble = 1, bool bias = false) => new()
    {
        Model = model.Pretrained(pretrain),
        Network = NetworkSpec.Parse(network) with { Bias = bias },
        Threads = 2,
        Training = new TrainingOptions
        {
            Rounds = 1, Epochs = 2, BatchSize = 32, Seed = 17, Ensemble = ensemble,
        },
    };
}
