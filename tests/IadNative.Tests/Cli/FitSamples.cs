using IadNative.Cli;
using IadNative.Cuda;
using IadNative.Data;
using IadNative.Detectors;
using IadNative.Iad;
using IadNative.Models;
using IadNative.Networks;

namespace IadNative.Tests.Cli;

/// <summary>Results of a fit, made by hand, for what prints and writes them.</summary>
internal static class FitSamples
{
    public static FitArguments Arguments(bool labelled) => new()
    {
        Data = new DataInput("sample.csv", labelled ? "label" : null, "error")
        {
            Reading = new DatasetReadOptions { Drop = ["p"], Categorical = ["q"], MissingTokens = ["-999"] },
        },
        Options = new FitOptions { Model = BaseModel.OneClassSvdd },
        Device = new DeviceChoice(DeviceKind.Auto),
        Cuda = new CudaOptions(),
        Out = null,
        Json = null,
        Report = null,
        CommandLine = "iad fit sample.csv",
    };

    public static Dataset Data(bool labelled) =>
        new("sample [1].csv", new float[8], 4, 2, labelled ? [false, true, false, false] : null, ["a", "b"]) { SampledFrom = 9 };

    public static FitResult Result(bool labelled, int seeds = 2)
    {
        AucSummary? auc = labelled ? new AucSummary(0.75, 0.05, [.. Enumerable.Range(0, seeds).Select(s => (double?)(0.7 + (0.1 * s)))]) : null;
        return new FitResult
        {
            Detector = null!,
            Options = new FitOptions
            {
                Model = BaseModel.OneClassSvdd,
                Network = new NetworkSpec(32, 16, 8),
                Training = new TrainingOptions { Rounds = 2, Epochs = 20, Seeds = seeds },
                Threshold = ThresholdRule.Otsu,
            },
            DetectorScores = [1, 2, 3, 4],
            Columns =
            [
                new ColumnReport(new FeatureColumn("a"), 2, 1.5, null, 1, 1e9, 3, 1),
                new ColumnReport(new FeatureColumn("b", FeatureKind.Category) { Levels = ["p", "q"] }, 0, null, 3, 0, null, 2, 0),
            ],
            Notes = ["1 column has one value in all rows, and tell nothing: 'a' (3)."],
            Runs = [.. Enumerable.Range(0, seeds).Select(seed => Run((ulong)seed, labelled))],
            Alarms = [new Alarm(AlarmKind.Frozen, 1, 2, 3, "The loss is not finite."), new Alarm(AlarmKind.Collapsed, 0, 1, null, "Alike.")],
            Untrained = auc is null ? null : new AucSummary(0.515, 0.01, auc.Values),
            Base = auc,
            Iad = auc,
            IadBest = auc,
            Controls =
            [
                new ControlReport("untrained", labelled ? 0.515 : null, 0.25, 0.5),
                new ControlReport("distance", labelled ? 0.9 : null, -0.125, null),
            ],
            AtThreshold = labelled ? new ThresholdQuality(2, 1, 1) : null,
            Device = "cpu (AVX2)",
            Seconds = 1.5,
        };
    }

    public static RoundReport Round(int t, bool labelled) => new()
    {
        Round = t,
        RankFlips = t == 0 ? null : 1000 - t,
        ScoreMin = 2e-7f,
        ScoreMedian = 1.2345e-7,
        ScoreMax = 1.4e5f,
        DistinctScores = 123_456,
        OtsuRatio = 0.25,
        WeightMean = 0.5,
        WeightMedian = 0.5,
        NormalWeightMean = labelled ? 0.6 : null,
        NormalWeightMedian = labelled ? 0.7 : null,
        AnomalyWeightMean = labelled ? 0.2 : null,
        AnomalyWeightMedian = labelled ? 0.1 : null,
        Auc = labelled ? 0.7 + (0.01 * t) : null,
        Loss = 1.2345e-5,
        DegenerateWeights = t == 1,
        Collapsed = t == 1,
        Seconds = 0.25,
    };

    private static RunReport Run(ulong seed, bool labelled) => new()
    {
        Seed = seed,
        UntrainedAuc = labelled ? 0.515 : null,
        Rounds = [Round(0, labelled), Round(1, labelled), Round(2, labelled)],
        SelectedRound = 2,
        SelectedBy = new Dictionary<string, int> { ["rank-flip"] = 2, ["fixed:5"] = 2, ["last"] = 2, ["otsu"] = 1 },
        Frozen = seed == 1,
    };
}
