using IadNative.Data;
using IadNative.Detectors;
using IadNative.Iad;
using IadNative.Models;

namespace IadNative.Bench.Versus;

/// <summary>The network of row-svdd twice: as a problem of scoring, which peers make an ONNX file of, and as our model file.</summary>
internal sealed record SvddFiles(string Model, AnomalyDetector Detector, Dataset Data)
{
    public const string ModelName = "model.iad";

    /// <summary>Writes both into a folder.</summary>
    public static SvddFiles Write(string folder)
    {
        // Its network is that of the detector below: an epoch from the same initial weights.
        new ScoringWork(Workloads.Table(Workloads.Svdd, BaseModel.OneClassSvdd), rowsPerCall: 1, threads: 1).Write(folder);
        Dataset data = SatelliteData.Read();
        AnomalyDetector detector = AnomalyDetector.Fit(data, new FitOptions
        {
            Model = BaseModel.OneClassSvdd,
            Network = Workloads.Svdd,
            Scaling = FeatureScaling.Standard, // as the peers prepare rows
            Training = new TrainingOptions { Rounds = 0, Epochs = 1, Seed = Network.Key },
        }).Detector;
        string model = Path.Combine(folder, ModelName);
        detector.Save(model);
        return new SvddFiles(model, detector, data);
    }
}
