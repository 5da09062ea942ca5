using System.Text.Json.Nodes;
using IadNative.Data;
using IadNative.Data.Preparation;
using IadNative.Detectors;
using IadNative.Iad;
using IadNative.Models;
using IadNative.Networks;
using IadNative.Persistence;
using IadNative.Tests.Fuzzing;

namespace IadNative.Tests.Detectors;

public sealed class DetectorFileTests
{
    private static readonly Dataset s_data = SyntheticData.Contaminated(n: 40, d: 3);

    private static readonly FitOptions[] s_options =
    [
        new() { Model = BaseModel.OneClassSvdd, Network = new NetworkSpec(4, 2), Training = Training },
        new()
        {
            Model = new SoftBoundarySvdd { PretrainEpochs = 3, Nu = 0.3 },
            Network = new NetworkSpec(3) { BatchNorm = false, Bias = true },
            Threshold = ThresholdRule.AtQuantile(0.123456789),
            Training = Training with
            {
                Between = BetweenRounds.Warm, Termination = TerminationCriterion.Fixed(1),
                Ensemble = 2,
            },
        },
        new()
        {
            Model = BaseModel.Autoencoder,
            Network = new NetworkSpec(7, 5, 2) { Affine = true },
            Threshold = ThresholdRule.Otsu,
            Training = Training with { Between = BetweenRounds.Same, Termination = TerminationCriterion.Otsu, Seeds = 2 },
        },
        new()
        {
            Model = BaseModel.MaskedAutoregressiveFlow,
            Network = new NetworkSpec(7, 5),
            Training = Training,
        },
        new()
        {
            Model = new MaskedAutoregressiveFlow { Degrees = MadeDegrees.Spread, WeightByDensity = true },
            Network = new NetworkSpec(4) { BatchNorm = false },
            Training = Training with { Ensemble = 2 },
        },
    ];

    private static TrainingOptions Training => new()
    {
        Rounds = 2, Epochs = 2, BatchSize = 7, LearningRate = 1.0 / 3, WeightDecay = 1e-5, InverseTau = 9.5,
        Seed = ulong.MaxValue,
        Termination = TerminationCriterion.Last,
    };

    [TestCaseSource(nameof(s_options))]
    public void Every_option_and_number_survives_the_file(FitOptions options)
    {
        string[] names = ["äöü \"quoted\"", "", "line\nbreak\u0001😀"];
        AnomalyDetector saved = AnomalyDetector.Fit(
            new Dataset("named", s_data.Values, s_data.Rows, s_data.Columns, null, names), options with { Threads = 2 }).Detector;
        byte[] file = saved.Saved();
        AnomalyDetector loaded = SyntheticData.Loaded(file);

        Assert.That(loaded.Options, Is.EqualTo(saved.Options with { Threads = 0 }), "threads are no property of a model");
        Assert.That(loaded.FeatureNames, Is.EqualTo(names));
        Assert.That((loaded.Threshold, loaded.Round, loaded.Seed, loaded.CreatedBy, loaded.Members, loaded.Features),
            Is.EqualTo((saved.Threshold, saved.Round, saved.Seed, saved.CreatedBy, saved.Members, saved.Features)));
        Assert.That(loaded.Content.Quantiles, Is.EqualTo(saved.Content.Quantiles).And.Length.EqualTo(1001));
        Assert.That(loaded.Content.Members.Select(member => member.Median), Is.EqualTo(saved.Content.Members.Select(member => member.Median)));
        Assert.That(loaded.Saved(), Is.EqualTo(file), "saved again, the same bytes");
        Assert.That(loaded.Score(s_data, byPosition: true), Is.EqualTo(saved.Score(s_data, byPosition: true)));
    }

    [Test]
    public void A_model_is_saved_to_and_loaded_from_a_path()
    {
        string folder = Directory.CreateTempSubdirectory("iadnative-test-").FullName;
        try
        {
            string path = Path.Combine(folder, "a model");
            AnomalyDetector detector = Fitted(s_options[0]);
            detector.Save(path);
            Assert.That(File.ReadAllBytes(path), Is.EqualTo(detector.Saved()));
            Assert.That(AnomalyDetector.Load(path).Score(s_data), Is.EqualTo(detector.Score(s_data)));
            Assert.That(Directory.GetFiles(folder), Has.Length.EqualTo(1));
            Assert.That(() => AnomalyDetector.Load(path + "2"), Throws.TypeOf<FileNotFoundException>());
            File.WriteAllBytes(path, [1, 2, 3]);
            Assert.That(() => AnomalyDetector.Load(path),
                Throws.TypeOf<ModelFormatException>().With.Message.StartsWith(path));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Test]
    public void The_editor_of_these_tests_leaves_a_model_as_it_is([Range(0, 4)] int which)
    {
        AnomalyDetector detector = Fitted(s_options[which]);
        Assert.That(SyntheticData.Loaded(new ModelFile(detector.Saved()).ToBytes()).Score(s_data),
            Is.EqualTo(detector.Score(s_data)));
    }

    [Test]
    public void Every_tensor_is_needed_in_its_shape_and_type_and_finite([Range(0, 4)] int which)
    {
        byte[] saved = Fitted(s_options[which]).Saved();
        foreach (string name in new ModelFile(saved).Tensors.Keys)
        {
            Refused(saved, file => file.Tensors.Remove(name), name);
            Refused(saved, file =>
            {
                file.Tensors.Add(name + "x", file.Tensors[name]);
                file.Tensors.Remove(name);
            }, name);
            Refused(saved, file => file.Reshape(name, [.. file.Tensors[name].Shape, 2]), name);
            Refused(saved, file => file.Reshape(name,
                [1 + file.Tensors[name].Shape.FirstOrDefault(), .. file.Tensors[name].Shape.Skip(1)]), name);
            Refused(saved, file => file.Reshape(name, 0), name);
            Refused(saved, file => file.Tensors[name] = file.Tensors[name] with { ElementType = Other(file.Tensors[name].ElementType) }, name);
            foreach (float bad in (float[])[float.NaN, float.PositiveInfinity, float.NegativeInfinity])
            {
                Refused(saved, file =>
                {
                    if (file.Tensors[name].ElementType == "F64") file.Doubles(name)[^1] = bad;
                    else file.Floats(name)[^1] = bad;
                });
            }
        }

        static string Other(string type) => type == "F64" ? "I64" : "I32";
    }

    [TestCase(true, 10f)]
    [TestCase(false, null)]
    public void Of_features_that_are_clipped_without_a_limit_the_limit_is_that_of_earlier_versions(bool clips, float? clip)
    {
        var file = new ModelFile(Fitted(s_options[0]).Saved());
        JsonObject preparation = file.Description["preparation"]!.AsObject();
        Assert.That(preparation["clip"]!.GetValue<float>(), Is.EqualTo(RowPreparation.RobustClip));
        preparation.Remove("clip");
        preparation["clips"] = clips;
        Assert.That(SyntheticData.Loaded(file.ToBytes()).Content.Preparation.Clip, Is.EqualTo(clip));
        preparation["clips"] = 3;
        Assert.That(() => SyntheticData.Loaded(file.ToBytes()), Throws.TypeOf<ModelFormatException>());
    }

    [TestCase("format", 2, "")]
    [TestCase("format", 1, "")]
    [TestCase("format", 6, "format 6")]
    [TestCase("format", 0, "format 0")]
    [TestCase("format", "1", "")]
    [TestCase("model", "nf", "'nf' is no model")]
    [TestCase("model", null, "'model' is null")]
    [TestCase("model", 7, "")]
    [TestCase("model", "ae", "decoder")]
    [TestCase("thresholdRule", "most", "'most'")]
    [TestCase("thresholdRule", "radius", "radius")]
    [TestCase("threshold", "high", "")]
    [TestCase("threshold", 1e39, "threshold is not finite")]
    [TestCase("round", -1, "round -1")]
    [TestCase("round", 3, "round 3")]
    [TestCase("round", 1.5, "")]
    [TestCase("seed", -1, "")]
    [TestCase("preparation", 3, "")]
    [TestCase("preparation.columns", 3, "")]
    [TestCase("preparation.clip", "wide", "")]
    [TestCase("preparation.clip", 0, "clip 0")]
    [TestCase("preparation.clip", -1, "clip -1")]
    [TestCase("preparation.keepsFills", null, "")]
    [TestCase("preparation.areNamed", "yes", "")]
    [TestCase("preparation.scaling", "log", "'log' is no scaling")]
    [TestCase("preparation.imputation", "mode", "'mode' is no imputation")]
    [TestCase("network", "4-2", "")]
    [TestCase("network.widths", "4--2", "'4--2'")]
    [TestCase("network.widths", "-4-2", "'-4-2'")]
    [TestCase("network.widths", "4-0", "'4-0'")]
    [TestCase("network.widths", "5-2", "encoder.0.weight")]
    [TestCase("network.widths", "4-2-2", "encoder.")]
    [TestCase("network.widths", "65536-65536", "too small")]
    [TestCase("network.widths", "65536-2", "too small")]
    [TestCase("network.batchNorm", 1, "")]
    [TestCase("network.affine", true, "scale")]
    [TestCase("network.bias", true, "bias")]
    [TestCase("training", null, "")]
    [TestCase("training.ensemble", 0, "Ensemble is 0")]
    [TestCase("training.ensemble", -1, "Ensemble is -1")]
    [TestCase("training.ensemble", 2, "member.1")]
    [TestCase("training.ensemble", 1000, "")]
    [TestCase("training.ensemble", 1001, "Ensemble is 1001")]
    [TestCase("training.seeds", 0, "Seeds is 0")]
    [TestCase("training.rounds", -1, "Rounds is -1")]
    [TestCase("training.epochs", 0, "Epochs is 0")]
    [TestCase("training.batchSize", 1, "BatchSize is 1")]
    [TestCase("training.learningRate", 0, "LearningRate is 0")]
    [TestCase("training.weightDecay", -1, "WeightDecay is -1")]
    [TestCase("training.inverseTau", 0, "InverseTau is 0")]
    [TestCase("training.nu", 2, "Nu is 2")]
    [TestCase("training.pretrainEpochs", 99999999999.0, "")]
    [TestCase("training.between", "never", "'never'")]
    [TestCase("training.termination", "first", "'first'")]
    [TestCase("createdBy", 5, "")]
    public void A_description_that_makes_no_sense_is_refused(string path, object? value, string said)
    {
        byte[] saved = Fitted(s_options[0]).Saved();
        string[] steps = path.Split('.');
        Refused(saved, file => Parent(file)[steps[^1]] = JsonValue.Create(value), said);
        Refused(saved, file => Parent(file).Remove(steps[^1]), "given key");

        JsonObject Parent(ModelFile file) => steps.Length == 1
            ? file.Description : file.Description[steps[0]]!.AsObject();
    }

    [Test]
    public void Other_damage_is_refused_too()
    {
        byte[] saved = Fitted(s_options[1]).Saved();
        Refused(saved, file => file.RawDescription = "", "description");
        Refused(saved, file => file.RawDescription = "[]", "description");
        Refused(saved, file => file.RawDescription = "{\"format\":1", "description");
        Refused(saved, file => file.RawDescription = "{\"format\":1}", "description");
        Refused(saved, file => file.RawDescription = new string('[', 5000), "description");
        Refused(saved, file => file.Description["preparation"]!["columns"] = new JsonArray(), "no feature");
        Refused(saved, file => file.Description["preparation"]!["columns"]!.AsArray().Add(new JsonObject { ["name"] = "one more" }), "preparation.");
        Refused(saved, file => file.Description["preparation"]!["columns"]![0]!["kind"] = "Colour", "'Colour' is no kind");
        Refused(saved, file => file.Description["preparation"]!["columns"]![0]!["kind"] = "Category");
        Refused(saved, file => file.Description["preparation"]!["columns"]![0]!["constant"] = "five");
        Refused(saved, file => file.Doubles("preparation.center")[0] = double.NaN, "center or scale");
        Refused(saved, file => file.Doubles("preparation.scale")[0] = double.PositiveInfinity, "center or scale");
        Refused(saved, file => file.Doubles("preparation.median")[0] = double.NaN, "missing cells");
        Refused(saved, file => file.Reshape("preparation.mean", 7), "preparation.mean");
        Refused(saved, file => file.Doubles("score.medians")[1] = 0, "median");
        Refused(saved, file => file.Floats("score.quantiles")[500] = -1, "ascend");
        Refused(saved, file => file.Floats("member.1.radius")[0] = -1);
        Refused(Fitted(s_options[0]).Saved(), file => file.Floats("member.0.encoder.0.running_variance")[1] = -1e-30f,
            "negative");
        Refused(Fitted(s_options[3]).Saved(),
            file => file.Floats("member.0.block.3.norm.running_variance")[1] = -1, "negative");
        Assert.That(() => SyntheticData.Loaded([]), Throws.TypeOf<ModelFormatException>());
        Assert.That(() => SyntheticData.Loaded(saved[..^1]), Throws.TypeOf<ModelFormatException>());
        Assert.That(() => SyntheticData.Loaded([.. saved, 0]), Throws.TypeOf<ModelFormatException>());

        var writer = new SafetensorsWriter();
        writer.Add<float>("weights", [1], [1]);
        using var stream = new MemoryStream();
        writer.Write(stream);
        Assert.That(() => SyntheticData.Loaded(stream.ToArray()),
            Throws.TypeOf<ModelFormatException>().With.Message.Contains("no IadNative model"));
    }

    [TestCase("{\"format\":3,")]
    [TestCase("{\"\\u0066ormat\":3,")]
    [TestCase("{\"threshold\":1,")]
    public void A_key_that_appears_twice_is_refused(string begin) => Refused(
        Fitted(s_options[0]).Saved(), file => file.RawDescription = begin + file.Description.ToJsonString()[1..], "description");

    [Test]
    public void A_share_of_unseen_levels_that_is_not_finite_is_refused()
    {
        FeatureColumn[] columns = [new("c", FeatureKind.Category) { Levels = ["a", "b"] }, new("x")];
        byte[] saved = ModelForge.Of(s_options[0] with { Training = Training with { Rounds = 0, Epochs = 1 } }, columns, null, new System.Random(1));
        Assert.That(() => SyntheticData.Loaded(saved), Throws.Nothing);
        Refused(saved, file => file.Description["preparation"]!["columns"]![0]!["unseenLogShare"] = JsonNode.Parse("1e999"), "not finite");
        Refused(saved, file => file.Description["preparation"]!["columns"]![0]!["logShares"]![1] = JsonNode.Parse("1e999"), "levels");
    }

    [Test]
    public void What_a_message_quotes_of_a_file_is_short_and_can_be_shown()
    {
        byte[] saved = Fitted(s_options[0]).Saved();
        string hostile = "\u001b]0;title\u0007\u202e" + new string('x', 5_000);
        foreach (string path in (string[])["model", "thresholdRule", "network.widths", "training.termination", "training.between", "preparation.scaling"])
        {
            var file = new ModelFile(saved);
            string[] steps = path.Split('.');
            (steps.Length == 1 ? file.Description : file.Description[steps[0]]!.AsObject())[steps[^1]] = hostile;
            string message = Assert.Throws<ModelFormatException>(() => SyntheticData.Loaded(file.ToBytes()), path)!.Message;
            Assert.That(Refusal.Fault(message, Refusal.LongestOfModel), Is.Null, path);
            Assert.That(message, Does.Contain("xxx"), path);
        }

        string named = Assert.Throws<ModelFormatException>(() => AnomalyDetector.Load(new MemoryStream([1]), "a\u001b[31m\nfile"))!.Message;
        Assert.That(Refusal.Fault(named, Refusal.LongestOfModel), Is.Null);
    }

    [Test]
    public void Names_of_an_old_format_are_made_only_where_there_are_as_many_numbers()
    {
        byte[] saved = Fitted(s_options[0]).Saved();
        var file = new ModelFile(saved);
        file.Description["format"] = 1;
        file.Description["features"] = new JsonArray([.. Enumerable.Range(0, 100_000).Select(_ => (JsonNode)"")]);
        byte[] bytes = file.ToBytes();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(() => SyntheticData.Loaded(bytes), Throws.TypeOf<ModelFormatException>().With.Message.Contains("scaler.offset"));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(30L * bytes.Length));
    }

    [Test]
    public void A_description_that_promises_huge_networks_costs_no_memory()
    {
        string widest = string.Join('-', Enumerable.Repeat(65_536, 64));
        foreach (FitOptions options in (FitOptions[])[s_options[0], s_options[3]])
        foreach (string widths in (string[])["65536-65536-65536", widest, "1-65536-1"])
        {
            byte[] saved = Fitted(options).Saved();
            var file = new ModelFile(saved);
            file.Description["network"]!["widths"] = widths;
            file.Description["training"]!["ensemble"] = 1000;
            byte[] bytes = file.ToBytes();
            long before = GC.GetAllocatedBytesForCurrentThread();
            Assert.That(() => SyntheticData.Loaded(bytes),
                Throws.TypeOf<ModelFormatException>().With.Message.Contains("too small").Or.Message.Contains("more than"));
            // Of a flow a number per unit, but none per weight.
            int most = options.Model is MaskedAutoregressiveFlow ? 2_000_000 : 1_000_000;
            Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(most));
        }
    }

    private static AnomalyDetector Fitted(FitOptions options) => AnomalyDetector.Fit(s_data, options).Detector;

    private static void Refused(byte[] saved, Action<ModelFile> damage, string said = "")
    {
        var file = new ModelFile(saved);
        damage(file);
        byte[] bytes = file.ToBytes();
        Assert.That(() => SyntheticData.Loaded(bytes),
            Throws.TypeOf<ModelFormatException>().With.Message.Contains(said).And.Message.StartsWith("model: "));
    }
}
