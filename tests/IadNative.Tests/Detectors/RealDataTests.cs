using IadNative.Data;
using IadNative.Detectors;
using IadNative.Iad;
using IadNative.Models;

namespace IadNative.Tests.Detectors;

public sealed class RealDataTests
{
    [Test]
    [Category("Slow")]
    public void Satellite_gains_from_iad_as_the_specification_says()
    {
        Dataset data = DatasetReader.Read(TestData.SatelliteCsv, new DatasetReadOptions { Label = "label" });
        FitResult result = AnomalyDetector.Fit(data, new FitOptions { Model = BaseModel.OneClassSvdd, Training = new TrainingOptions { Seeds = 10 } });
        TestContext.Out.WriteLine(
            $"untrained {result.Untrained!.Mean:f3}, base {result.Base!.Mean:f3}, "
            + $"IAD {result.Iad!.Mean:f3}, best {result.IadBest!.Mean:f3}");
        Assert.Multiple(() =>
        {
            Assert.That(result.Detector.Network.ToString(), Is.EqualTo("32-16-8"));
            Assert.That(result.Alarms.Where(alarm => alarm.Kind != AlarmKind.ControlBetter), Is.Empty);
            Assert.That(result.Base.Mean, Is.InRange(0.58, 0.77));
            Assert.That(result.Iad.Mean, Is.GreaterThanOrEqualTo(0.73).And.GreaterThan(result.Base.Mean));
            Assert.That(result.IadBest.Mean, Is.GreaterThanOrEqualTo(result.Iad.Mean));
            Assert.That(result.Runs.SelectMany(run => run.Rounds).Select(round => round.DistinctScores),
                Is.All.GreaterThan(data.Rows / 2));
        });
    }

    [Category("Data")]
    [Category("Slow")]
    [TestCase("satellite.mat", "svdd")]
    [TestCase("arrhythmia.mat", "svdd")]
    [TestCase("arrhythmia.mat", "ae")]
    [TestCase("cardio.mat", "svdd-soft")]
    [TestCase("thyroid.npz", "ae")]
    [TestCase("satimage-2.mat", "svdd")]
    public void The_odds_sets_train_without_alarms(string file, string model)
    {
        Dataset data = DatasetReader.Read(TestData.Odds(file), new DatasetReadOptions { Label = "y" });
        FitResult result = AnomalyDetector.Fit(data,
            new FitOptions { Model = BaseModel.Parse(model), Training = new TrainingOptions { Rounds = 2 } });
        Assert.That(result.Alarms.Where(alarm => alarm.Kind != AlarmKind.ControlBetter), Is.Empty);
        Assert.That(result.Iad!.Mean, Is.InRange(0.5, 1));
        Assert.That(result.Runs[0].Rounds.Select(round => round.DistinctScores), Is.All.GreaterThan(data.Rows / 2));
        Assert.That(result.Detector.Score(data), Is.All.LessThan(float.MaxValue));
        Assert.That(result.Detector.Network, Is.EqualTo(BaseModel.OneClassSvdd.DefaultNetwork(data.Columns, null)));
    }

    [Test]
    [Category("Data")]
    public void Constant_features_of_arrhythmia_become_zero()
    {
        Dataset data = DatasetReader.Read(TestData.Odds("arrhythmia.mat"), new DatasetReadOptions { Label = "y" });
        FeatureScaler scaler = FeatureScaler.Fit(data);
        int[] constant = [.. Enumerable.Range(0, data.Columns).Where(j => scaler.Scale[j] == 0)];
        Assert.That(constant, Has.Length.EqualTo(17));
        foreach (int j in constant)
        {
            for (int i = 0; i < data.Rows; i++)
                Assert.That((data.Row(i)[j] - scaler.Offset[j]) * scaler.Scale[j], Is.Zero);
        }
    }
}
