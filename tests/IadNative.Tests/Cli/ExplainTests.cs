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
    public void A_feature_that_is_not_finite_leaves_no_contribution_that_is_not(
        [Values(1, 3)] int ensemble, [Values(float.NaN, float.PositiveInfinity)] float value)
    {
        float[] row = s_data.Row(0).ToArray();
        row[2] = value;
        float[] contributions = Explain(Fit(BaseModel.Autoencoder, ensemble), row);
        Assert.That(contributions[2], Is.EqualTo(float.MaxValue));
        Assert.That(contributions.All(float.IsFinite), Is.True);
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

    [Test]
    public void The_command_adds_a_column_per_feature_that_sum_to_the_score(
        [Values("1", "3")] string ensemble, [Values("ae", "svdd", "maf", "sdor", "dagpr", "gaussian", "oneflow")] string kind)
    {
        using var folder = new TestFolder();
        string data = folder.WriteCsv(label: false, header: "a,\"b \"\"1\"\", left\",c,d"), model = folder.File("m.iad");
        string[] shape = kind == "gaussian" ? [] : ["--network", "3", "--epochs", "3", "--ensemble", ensemble];
        CliRun fit = CliRun.Of(["fit", data, "--model", kind, "--rounds", "1", .. shape, "--out", model]);
        Assert.That(fit.Code, Is.EqualTo(ExitCodes.Success), fit.Err);
        string[] plain = CliRun.Of("score", model, data).Out.Split('\n');
        CliRun run = CliRun.Of("score", model, data, "--explain");
        Assert.That(run.Code, Is.EqualTo(ExitCodes.Success), run.Err);
        string[] lines = run.Out.Split('\n');
        Assert.That(lines, Has.Length.EqualTo(202));
        Assert.That(lines[0], Is.EqualTo("row,score,percentile,p_value,label,a,\"b \"\"1\"\", left\",c,d"));
        double from = AnomalyDetector.Load(model).ExplainedFrom;
        for (int row = 1; row <= 200; row++)
        {
            Assert.That(lines[row], Does.StartWith(plain[row] + ","));
            double[] shares = [.. lines[row].Split(',')[5..].Select(cell => double.Parse(cell, CultureInfo.InvariantCulture))];
            double score = double.Parse(lines[row].Split(',')[1], CultureInfo.InvariantCulture);
            Assert.That(shares, Has.Length.EqualTo(4));
            Assert.That(from + shares.Sum(), Is.EqualTo(score).Within(1e-5 * (Math.Abs(from) + shares.Sum(Math.Abs))));
        }
    }

    [Test]
    public void The_command_names_the_features_that_add_most_in_one_column([Values("svdd", "ae")] string kind)
    {
        using var folder = new TestFolder();
        string data = folder.WriteCsv(label: false, header: "a,=b,c,d"), model = folder.File("m.iad");
        CliRun fit = CliRun.Of("fit", data, "--model", kind, "--network", "3", "--rounds", "0", "--epochs", "2", "--out", model);
        Assert.That(fit.Code, Is.EqualTo(ExitCodes.Success), fit.Err);
        string[] full = CliRun.Of("score", model, data, "--explain", "--formulas", "keep").Out.Split('\n');
        CliRun run = CliRun.Of("score", model, data, "--explain-top", "2", "--formulas", "keep");
        Assert.That(run.Code, Is.EqualTo(ExitCodes.Success), run.Err);
        string[] lines = run.Out.Split('\n'), names = ["a", "=b", "c", "d"];
        Assert.That(lines[0], Is.EqualTo("row,score,percentile,p_value,label,explanation"));
        for (int row = 1; row <= 200; row++)
        {
            double[] own = [.. full[row].Split(',')[5..].Select(cell => double.Parse(cell, CultureInfo.InvariantCulture))];
            int[] order = [.. Enumerable.Range(0, 4).OrderByDescending(j => own[j])];
            string expected = string.Join("; ", order[..2].Select(j => string.Create(CultureInfo.InvariantCulture, $"{names[j]} {(float)own[j]:G4}")));
            Assert.That(lines[row], Is.EqualTo($"{string.Join(',', full[row].Split(',')[..5])},{expected}"));
        }

        string both = CliRun.Of("score", model, data, "--explain", "--explain-top", "9").Out;
        Assert.That(both, Does.StartWith("row,score,percentile,p_value,label,explanation,a,'=b,c,d\n").And.Not.Contain(",=b"));
        CliRun none = CliRun.Of("score", model, data, "--explain-top", "0");
        Assert.That((none.Code, none.Err), Is.EqualTo((ExitCodes.BadInput, "error: --explain-top 0 is no number of features; give 1 or more.\n")));
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
