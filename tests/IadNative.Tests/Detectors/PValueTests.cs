using IadNative.Metrics;
using System.Text.Json.Nodes;

namespace IadNative.Tests.Detectors;

public sealed class PValueTests
{
    [Test]
    public void A_model_file_keeps_what_p_values_take_and_without_it_all_training_rows_count()
    {
        Dataset data = SyntheticData.Contaminated();
        FitResult result = AnomalyDetector.Fit(data, SyntheticData.Quick());
        AnomalyDetector fitted = result.Detector, loaded = SyntheticData.Loaded(fitted.Saved());
        float[] scores = fitted.Score(data);
        Assert.That(scores.Select(loaded.PValue), Is.EqualTo(scores.Select(fitted.PValue)));
        Assert.That(fitted.PValue(fitted.Threshold), Is.LessThan(scores.Count(score => score >= fitted.Threshold) / (double)data.Rows));

        var file = new ModelFile(fitted.Saved());
        file.Description.Remove("normalTail");
        AnomalyDetector old = SyntheticData.Loaded(file.ToBytes());
        Assert.That(old.Content.NormalTail, Is.Null);
        Assert.That(old.PValue(float.MaxValue), Is.EqualTo(1.0 / 1002));
        Assert.That(old.PValue(scores.Min()), Is.EqualTo(1));
        foreach (float score in scores) Assert.That(old.PValue(score), Is.EqualTo(1 - (old.Percentile(score) / 100)).Within(0.03));
        Assert.That(SyntheticData.Loaded(old.Saved()).Content.NormalTail, Is.Null, "nothing is made up when it is saved again");
    }

    [Test]
    public void A_tail_that_makes_no_sense_is_refused()
    {
        byte[] saved = AnomalyDetector.Fit(SyntheticData.Contaminated(), SyntheticData.Quick()).Detector.Saved();
        ModelFile.AssertRefused(saved, file => file.Description["normalTail"] = 7, "score.tail.scores");
        ModelFile.AssertRefused(saved, file => file.Description["normalTail"] = -1, "score.tail.scores");
        ModelFile.AssertRefused(saved, file => file.Description["normalTail"] = "many");
        ModelFile.AssertRefused(saved, file => file.Doubles("score.tail.masses")[0] = 0, "out of order");
        ModelFile.AssertRefused(saved, file => file.Floats("score.tail.scores")[1] = file.Floats("score.tail.scores")[0], "out of order");
    }

    [Test]
    public void Normal_rows_of_satellite_that_were_held_out_seldom_have_small_p_values()
    {
        Dataset all = DatasetReader.Read(TestData.SatelliteCsv, new DatasetReadOptions { Label = "label" });
        Dataset train = Half(all, 0), fresh = Half(all, 1);
        AnomalyDetector detector = AnomalyDetector.Fit(train).Detector;
        float[] scores = detector.Score(fresh, byPosition: true);
        double[] normal = [.. scores.Where((_, row) => !fresh.Labels![row]).Select(detector.PValue)];
        double[] anomalous = [.. scores.Where((_, row) => fresh.Labels![row]).Select(detector.PValue)];
        float[] sorted = [.. detector.Score(train, byPosition: true).Order()];
        NormalTail naive = NormalTail.OfAll(sorted);
        double[] naively = [.. scores.Where((_, row) => fresh.Labels![row]).Select(naive.PValue)];
        TestContext.Out.WriteLine($"normal {Share(normal)}, anomalous {Share(anomalous)}, were all rows to count {Share(naively)}");
        Assert.That(Share(normal), Is.LessThan(0.05));
        Assert.That(Share(anomalous), Is.GreaterThan(Share(naively) + 0.1));

        static double Share(double[] values) => values.Count(p => p <= 0.05) / (double)values.Length;
    }

    private static Dataset Half(Dataset all, int first)
    {
        int[] rows = [.. Enumerable.Range(0, all.Rows).Where(row => row % 2 == first)];
        return new Dataset("half", [.. rows.SelectMany(row => all.Row(row).ToArray())], rows.Length, all.Columns,
            [.. rows.Select(row => all.Labels![row])]);
    }
}
