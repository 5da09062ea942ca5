using System.Globalization;
using System.Text.Json;
using IadNative.Cli;
using IadNative.Data;
using IadNative.Detectors;
using IadNative.Tests.Data;

namespace IadNative.Tests.Cli;

/// <summary>Whole commands on images, in this process.</summary>
internal sealed class ImageTests
{
    private static readonly string[] s_network = ["--images", "--rounds", "1", "--epochs", "2", "--network", "8-4"];
    private static readonly string[] s_quick = [.. s_network, "--model", "svdd"];

    [Test]
    public void A_scenario_is_drawn_fitted_and_scored_by_every_model([Values("svdd", "svdd-soft", "ae", "maf")] string model)
    {
        using var folder = new TestFolder();
        string data = folder.WriteImages(), saved = folder.File("m.iad");
        CliRun fit = CliRun.Of(["fit", data, .. s_network, "--normal-class", "2", "--contamination", "0.2", "--model", model,
            "--seed", "5", "--normalization", "l1", "--out", saved, "--json", "-"]);
        Assert.That(fit.Code, Is.EqualTo(ExitCodes.Success), fit.Err);
        Assert.That(fit.Err, Does.Contain($"Training {model} 8-4").And.Contain(" on digits (50 x 30): 2 rounds of 2 epochs"));
        JsonElement json = JsonDocument.Parse(fit.Out).RootElement;
        JsonElement dataset = json.GetProperty("dataset"), options = json.GetProperty("options");
        Assert.That(((string[])["n", "d", "height", "width", "anomalies"]).Select(name => dataset.GetProperty(name).GetInt32()),
            Is.EqualTo(new[] { 50, 30, 6, 5, 10 }));
        Assert.That((options.GetProperty("images").GetBoolean(), options.GetProperty("normalClass").GetString(),
            options.GetProperty("contamination").GetDouble(), options.GetProperty("normalization").GetString()),
            Is.EqualTo((true, "2", 0.2, "l1")));
        Assert.That((options.GetProperty("batch").GetInt32(), options.GetProperty("lr").GetDouble()), Is.EqualTo((200, 1e-4)));
        Assert.That(JsonPaths.Of(json), Is.SubsetOf(JsonPaths.Of(FitJsonTests.Write(labelled: true))));

        // The library says the same about the images of the folder.
        CliRun score = CliRun.Of("score", saved, data);
        Assert.That(score.Code, Is.EqualTo(ExitCodes.Success), score.Err);
        AnomalyDetector detector = AnomalyDetector.Load(saved);
        Dataset images = DatasetReader.Read(data);
        string[] expected = [.. Enumerable.Range(0, 160)
            .Select(i => detector.Score(images.Row(i)).ToString("R", CultureInfo.InvariantCulture))];
        Assert.That(score.Out.Split('\n')[1..^1].Select(line => line.Split(',')[1]), Is.EqualTo(expected));
        Assert.That(expected.Distinct().Count(), Is.GreaterThan(100));
    }

    [Test]
    public void The_same_images_score_the_same_from_every_kind_of_file()
    {
        using var folder = new TestFolder();
        string data = folder.WriteImages(perClass: 5), model = folder.File("m.iad");
        CliRun fit = CliRun.Of(["fit", data, .. s_quick, "--out", model]);
        Assert.That(fit.Code, Is.EqualTo(ExitCodes.Success), fit.Err);
        Assert.That(fit.Out, Does.Contain("digits: 20 images of 6x5 pixels, no labels"));
        CliRun expected = CliRun.Of("score", model, data);
        Assert.That(expected.Code, Is.EqualTo(ExitCodes.Success), expected.Err);

        float[] values = DatasetReader.Read(data).Values;
        File.WriteAllBytes(folder.File("images.npy"), Files.Npy("<f8", "(20, 6, 5)", Array.ConvertAll(values, x => (double)x)));
        File.WriteAllBytes(folder.File("packed"), Files.Gzip(File.ReadAllBytes(Path.Combine(data, "train-images-idx3-ubyte"))));
        string pngs = Directory.CreateDirectory(folder.File("pngs")).FullName;
        for (int i = 0; i < 20; i++)
        {
            int start = i * 30;
            File.WriteAllBytes(
                Path.Combine(pngs, $"{i:D2}.png"), PngFile.Grey(6, 5, (y, x) => (int)values[start + (y * 5) + x]));
        }

        foreach (string other in new[] { folder.File("images.npy"), folder.File("packed"), pngs })
        {
            CliRun run = CliRun.Of("score", model, other);
            Assert.That(run.Code, Is.EqualTo(ExitCodes.Success), run.Err);
            Assert.That(run.Out, Is.EqualTo(expected.Out), other);
        }

        CliRun single = CliRun.Of("score", model, Path.Combine(pngs, "07.png"));
        Assert.That(single.Out.Split('\n')[1][2..], Is.EqualTo(expected.Out.Split('\n')[8][2..]));
    }

    [Test]
    public void All_samples_are_taken_without_a_contamination_and_labels_are_reported_on()
    {
        using var folder = new TestFolder();
        CliRun fit = CliRun.Of(["fit", folder.WriteImages(), .. s_quick, "--normal-class", "0,1,3"]);
        Assert.That(fit.Code, Is.EqualTo(ExitCodes.Success), fit.Err);
        Assert.That(fit.Out, Does.Contain("160 images of 6x5 pixels, 40 anomalies (25.0%)").And.Contain("AUC"));
    }

    [Test]
    public void A_table_is_contaminated_by_its_labels()
    {
        using var folder = new TestFolder();
        string data = folder.WriteCsv();
        CliRun fit = CliRun.Of("fit", data, "--label", "label", "--contamination", "0.05", "--model", "svdd", "--rounds", "0", "--epochs", "1");
        Assert.That(fit.Code, Is.EqualTo(ExitCodes.Success), fit.Err);
        Assert.That(fit.Out, Does.Contain("189 samples, 4 features, 9 anomalies"));
        CliRun unlabelled = CliRun.Of("fit", folder.WriteCsv(label: false), "--contamination", "0.05");
        Assert.That(unlabelled.Code, Is.EqualTo(ExitCodes.BadInput));
        Assert.That(unlabelled.Err, Does.Contain("--contamination draws from the anomalies").And.Contain("--label"));
    }

    [Test]
    public void Who_names_no_model_gets_one_that_scores_explains_refits_and_is_exported()
    {
        using var folder = new TestFolder();
        string data = folder.WriteImages(), model = folder.File("m.iad");
        Succeeds("fit", data, "--images", "--normal-class", "2", "--contamination", "0.2", "--out", model, "--report", folder.File("r.html"), "--json", folder.File("f.json"));
        JsonElement fit = JsonDocument.Parse(File.ReadAllText(folder.File("f.json"))).RootElement;
        Assert.That((fit.GetProperty("model").GetString(), fit.GetProperty("options").GetProperty("normalization").GetString()), Is.EqualTo(("auto", "gcn-smooth")));
        Assert.That(Succeeds("info", model), Does.Contain("gcn-smooth").And.Contain("64 gaussian on 16 features each"));
        string[] scores = Succeeds("score", model, data).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(scores, Has.Length.EqualTo(DatasetReader.Read(data).Rows + 1));
        Assert.That(Succeeds("score", model, data, "--explain").Split('\n')[0], Does.Contain("score").And.Contain("x30"));
        Succeeds("fit", "--from", model, data, "--out", folder.File("again.iad"));
        Succeeds("export", model, "--onnx", folder.File("m.onnx"));

        CliRun network = CliRun.Of("fit", data, "--images", "--network", "lenet-mnist"), sigmoid = CliRun.Of("fit", folder.WriteCsv(), "--model", "ae", "--sigmoid");
        Assert.That((network.Code, sigmoid.Code), Is.EqualTo((ExitCodes.BadInput, ExitCodes.BadInput)));
        Assert.That(network.Err, Does.Contain("svdd"));
        Assert.That(sigmoid.Err, Does.Contain("--sigmoid is for images: use it with --images"));

        static string Succeeds(params string[] arguments)
        {
            CliRun run = CliRun.Of(arguments);
            Assert.That(run.Code, Is.EqualTo(ExitCodes.Success), $"{arguments[0]}: {run.Err}");
            return run.Out;
        }
    }

    [Test]
    public void Info_tells_size_and_normalization_in_place_of_features()
    {
        using var folder = new TestFolder();
        string model = folder.File("m.iad");
        CliRun fit = CliRun.Of(["fit", folder.WriteImages(), .. s_quick, "--out", model]);
        Assert.That(fit.Code, Is.EqualTo(ExitCodes.Success), fit.Err);
        CliRun info = CliRun.Of("info", model, "--json", "-");
        JsonElement detector = JsonDocument.Parse(info.Out).RootElement.GetProperty("detector");
        Assert.That((detector.GetProperty("image").GetString(), detector.GetProperty("normalization").GetString()),
            Is.EqualTo(("6x5", "gcn")));
        Assert.That(detector.TryGetProperty("features", out _), Is.False);
    }

    [Test]
    public void What_does_not_fit_together_is_refused_with_what_to_do()
    {
        using var folder = new TestFolder();
        string images = folder.WriteImages(), table = folder.WriteCsv(label: false), model = folder.File("m.iad");
        string idx = Path.Combine(images, "train-images-idx3-ubyte");
        Assert.That(CliRun.Of(["fit", images, .. s_quick, "--out", model]).Code, Is.EqualTo(ExitCodes.Success));
        File.WriteAllBytes(folder.File("small"), IdxFile.Bytes([2, 5, 6], new double[60]));
        (string[] Args, string Message)[] bad =
        [
            (["fit", images], "is a folder; give a file or, if it holds images, add --images"),
            (["fit", idx], "holds images of 6x5 pixels. Add --images"),
            (["fit", table, "--images"], "data.csv holds a table, not images. Leave --images away"),
            (["fit", folder.File("none"), "--images"], "does not exist"),
            (["fit", images, "--images", "--normal-class", "7"], "no class '7'. Its classes are '0', '1', '2', '3'"),
            (["fit", idx, "--images", "--normal-class", "1"], "The classes of train-images-idx3-ubyte are not known"),
            (["fit", images, "--images", "--contamination", "0.2"], "Say what is normal with --normal-class"),
            (["fit", images, "--images", "--normal-class", "1", "--contamination", "0.9"], "takes 360 anomalies beside 40 normal"),
            (["fit", images, "--images", "--label", "y"], "no label column"),
            (["score", model, folder.File("small")], 
                "small holds images of 5x6 pixels, but the detector was fitted on images of 6x5"),
            (["score", model, table], "data.csv holds a table, but the detector was fitted on images"),
        ];
        foreach ((string[] args, string message) in bad)
        {
            CliRun run = CliRun.Of(args);
            Assert.That(run.Code, Is.EqualTo(ExitCodes.BadInput), run.Err);
            Assert.That(run.Err, Does.Contain("error: ").And.Contain(message).And.Not.Contain("Parameter"));
        }
    }

    [Test]
    public void The_same_seed_draws_and_fits_the_same_and_another_one_another()
    {
        using var folder = new TestFolder();
        string data = folder.WriteImages();
        string[] models = [.. ((string[])["1", "1", "2"]).Select((seed, i) =>
        {
            string model = folder.File($"{i}.iad");
            CliRun fit = CliRun.Of(["fit", data, .. s_quick, "--normal-class", "1", "--contamination", "0.1", "--seed", seed,
                "--threads", $"{i + 1}", "--out", model]);
            Assert.That(fit.Code, Is.EqualTo(ExitCodes.Success), fit.Err);
            return model;
        })];
        Assert.That(File.ReadAllBytes(models[1]), Is.EqualTo(File.ReadAllBytes(models[0])));
        Assert.That(File.ReadAllBytes(models[2]), Is.Not.EqualTo(File.ReadAllBytes(models[0])));
    }

    [Test, Category("Data"), Category("Slow")]
    public void A_class_of_mnist_is_fitted_and_the_test_split_scored()
    {
        using var folder = new TestFolder();
        string train = TestData.InDataFolder("mnist/train-images-idx3-ubyte.gz");
        string test = TestData.InDataFolder("mnist/t10k-images-idx3-ubyte.gz");
        string model = folder.File("threes.iad");
        CliRun fit = CliRun.Of("fit", Path.GetDirectoryName(train)!, "--images", "--normal-class", "3", "--contamination", "0.2",
            "--model", "svdd", "--rounds", "1", "--epochs", "1", "--out", model, "--json", "-");
        Assert.That(fit.Code, Is.EqualTo(ExitCodes.Success), fit.Err);
        JsonElement json = JsonDocument.Parse(fit.Out).RootElement;
        Assert.That(json.GetProperty("dataset").GetProperty("n").GetInt32(), Is.EqualTo(6131 + 1533));
        Assert.That(json.GetProperty("alarms").EnumerateArray().Select(alarm => alarm.GetProperty("kind").GetString()),
            Has.None.AnyOf("frozen", "collapsed", "deviceFailed"));
        CliRun score = CliRun.Of("score", model, test);
        Assert.That(score.Code, Is.EqualTo(ExitCodes.Success), score.Err);
        Assert.That(score.Out.Split('\n'), Has.Length.EqualTo(10_002));
        Assert.That(score.Err, Does.Not.Contain("warning"));
    }
}
