using System.Globalization;
using IadNative.Cli;
using IadNative.Data;
using IadNative.Detectors;
using IadNative.Iad;
using IadNative.Models;
using IadNative.Networks;

namespace IadNative.Tests.Cli;

/// <summary>What each feature adds to a score that is a sum over them, from the library and as <c>iad score --explain</c> writes it.</summary>
internal sealed class ExplainTests
{
    private const int Features = 7;

    // Not a multiple of any block or vector width.
    private static readonly Dataset s_data = Correlated(rows: 201);

    [Test]
    public void Contributions_are_not_negative_and_sum_to_the_score([EachModel("ae", "rsrae", "oneflow")] BaseModel model, [Values(1, 3)] int ensemble)
    {
        AnomalyDetector detector = Fit(model, ensemble);
        float[] contributions = Explain(detector, s_data.Values), scores = new float[s_data.Rows];
        detector.Score(s_data.Values, scores);
        Assert.That(contributions, Is.All.GreaterThanOrEqualTo(0f));
        for (int i = 0; i < s_data.Rows; i++)
        {
            double sum = contributions.AsSpan(i * Features, Features).ToArray().Sum(value => (double)value);
            Assert.That(sum, Is.EqualTo(scores[i]).Within(1e-5 * scores[i]));
        }
    }

    [Test]
    public void A_row_is_explained_the_same_alone_and_among_others([EachModel("ae", "rsrae", "oneflow")] BaseModel model, [Values(1, 3)] int ensemble)
    {
        AnomalyDetector detector = Fit(model, ensemble);
        float[] all = Explain(detector, s_data.Values);
        foreach (int row in (int[])[0, 63, 64, 200])
            Assert.That(Explain(detector, s_data.Row(row)), Is.EqualTo(all[(row * Features)..((row + 1) * Features)]));
    }

    [Test]
    public void The_feature_that_breaks_the_pattern_contributes_most([EachModel("ae", "rsrae", "oneflow")] BaseModel model)
    {
        AnomalyDetector detector = Fit(model, ensemble: 1);
        for (int feature = 0; feature < Features; feature++)
        {
            float[] row = s_data.Row(10).ToArray();
            row[feature] += 30;
            float[] contributions = Explain(detector, row);
            Assert.That(Array.IndexOf(contributions, contributions.Max()), Is.EqualTo(feature));
        }
    }

    [Test]
    public void Explaining_a_row_allocates_nothing([EachModel("ae", "oneflow")] BaseModel model, [Values(1, 3)] int ensemble)
    {
        AnomalyDetector detector = Fit(model, ensemble);
        float[] contributions = new float[Features];
        Assert.That(Allocations.Of(() => detector.Explain(s_data.Row(5), contributions)), Is.Zero);
    }

    [Test]
    public void A_feature_that_is_not_finite_leaves_no_contribution_that_is_not(
        [Values(1, 3)] int ensemble, [Values(float.NaN, float.PositiveInfinity)] float value)
    {
        float[] row = s_data.Row(0).ToArray();
        row[2] = value;
        float[] contributions = Explain(Fit(BaseModel.Autoencoder, ensemble), row);
        Assert.That(contributions[2], Is.EqualTo(float.MaxValue));
        Assert.That(contributions.All(float.IsFinite), Is.True);
    }

    [TestCase("svdd")]
    [TestCase("svdd-soft")]
    [TestCase("maf")]
    public void Other_models_have_nothing_to_explain(string name)
    {
        AnomalyDetector detector = Fit(BaseModel.Parse(name), ensemble: 1);
        Assert.That(() => detector.Explain(new float[Features], new float[Features]),
            Throws.InvalidOperationException.With.Message.EndsWith($"this model is {name}."));
    }

    [TestCase(Features - 1, Features - 1)]
    [TestCase(Features, Features - 1)]
    [TestCase(Features, 2 * Features)]
    public void Lengths_that_do_not_fit_are_refused(int rows, int contributions)
    {
        AnomalyDetector detector = Fit(BaseModel.Autoencoder, ensemble: 1);
        Assert.That(() => detector.Explain(new float[rows], new float[contributions]),
            Throws.ArgumentException.With.Message.Contains($"{rows} numbers"));
    }

    [TestCase("1")]
    [TestCase("3")]
    public void The_command_adds_a_column_per_feature_that_sum_to_the_score(string ensemble)
    {
        using var folder = new TestFolder();
        string data = folder.WriteCsv(label: false, header: "a,\"b \"\"1\"\", left\",c,d"), model = folder.File("m.iad");
        CliRun fit = CliRun.Of("fit", data, "--model", "ae", "--network", "3", "--rounds", "1", "--epochs", "3", "--ensemble", ensemble,
            "--out", model);
        Assert.That(fit.Code, Is.EqualTo(ExitCodes.Success), fit.Err);
        string[] plain = CliRun.Of("score", model, data).Out.Split('\n');
        CliRun run = CliRun.Of("score", model, data, "--explain");
        Assert.That(run.Code, Is.EqualTo(ExitCodes.Success), run.Err);
        string[] lines = run.Out.Split('\n');
        Assert.That(lines, Has.Length.EqualTo(202));
        Assert.That(lines[0], Is.EqualTo("row,score,percentile,label,a,\"b \"\"1\"\", left\",c,d"));
        for (int row = 1; row <= 200; row++)
        {
            Assert.That(lines[row], Does.StartWith(plain[row] + ","));
            double[] shares = [.. lines[row].Split(',')[4..].Select(cell => double.Parse(cell, CultureInfo.InvariantCulture))];
            double score = double.Parse(lines[row].Split(',')[1], CultureInfo.InvariantCulture);
            Assert.That(shares, Has.Length.EqualTo(4));
            Assert.That(shares.Sum(), Is.EqualTo(score).Within(1e-5 * score));
        }
    }

    [TestCase("svdd")]
    [TestCase("svdd-soft")]
    [TestCase("maf")]
    public void The_command_refuses_other_models_and_writes_nothing(string name)
    {
        using var folder = new TestFolder();
        string data = folder.WriteCsv(label: false), model = folder.File("m.iad");
        CliRun fit = CliRun.Of("fit", data, "--model", name, "--rounds", "0", "--epochs", "1", "--out", model);
        Assert.That(fit.Code, Is.EqualTo(ExitCodes.Success), fit.Err);
        CliRun run = CliRun.Of("score", model, data, "--explain", "--out", folder.File("s.csv"));
        Assert.That(run.Code, Is.EqualTo(ExitCodes.BadInput));
        Assert.That(run.Err, Does.StartWith(
            "error: --explain needs a model whose score is a sum over features (ae, drae, rsrae, oneflow, gaussian) or a committee, but ").And.Contain($"holds {name}."));
        Assert.That(folder.Files, Is.EqualTo(new[] { "data.csv", "m.iad" }));
    }

    private static float[] Explain(AnomalyDetector detector, ReadOnlySpan<float> rows)
    {
        float[] contributions = new float[rows.Length];
        detector.Explain(rows, contributions);
        return contributions;
    }

    private static AnomalyDetector Fit(BaseModel model, int ensemble) => AnomalyDetector.Fit(s_data, new FitOptions
    {
        Model = model,
        Network = new NetworkSpec(6, 2),
        Threads = 1,
        Training = new TrainingOptions { Rounds = 1, Epochs = 5, BatchSize = 32, Seed = 17, Ensemble = ensemble },
    }).Detector;

    /// <summary>Rows in which every feature follows one number, with a little noise.</summary>
    private static Dataset Correlated(int rows)
    {
        var random = new System.Random(3);
        float[] values = new float[rows * Features];
        for (int i = 0; i < rows; i++)
        {
            double common = random.NextDouble();
            for (int j = 0; j < Features; j++)
                values[(i * Features) + j] = (float)((common * (j % 2 == 0 ? 1 : -1)) + (0.1 * random.NextDouble()));
        }

        return new Dataset("correlated", values, rows, Features);
    }
}
