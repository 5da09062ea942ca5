using BenchmarkDotNet.Attributes;
using IadNative.Data;
using IadNative.Detectors;
using IadNative.Iad;
using IadNative.Models;

namespace IadNative.Bench;

/// <summary>Scoring with a fitted detector, the default network on Satellite.</summary>
[MemoryDiagnoser]
public class ScoringBenchmarks
{
    private AnomalyDetector _detector = null!;
    private Dataset _data = null!;
    private float[] _scores = null!;
    private int _row;

    [Params("svdd", "ae", "maf")]
    public string Model { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        _data = SatelliteData.Read();
        var options = new FitOptions { Model = BaseModel.Parse(Model), Training = new TrainingOptions { Rounds = 1, Epochs = 2 } };
        _detector = AnomalyDetector.Fit(_data, options).Detector;
        _scores = new float[_data.Rows];
    }

    /// <summary>One row, a different one each time.</summary>
    [Benchmark]
    public float OneRow() => _detector.Score(_data.Row(_row++ % _data.Rows));

    /// <summary>All 6,435 rows in one call, on the calling thread.</summary>
    [Benchmark]
    public void AllRows() => _detector.Score(_data.Values, _scores, threads: 1);

    /// <summary>The same on all cores.</summary>
    [Benchmark]
    public void AllRowsOnAllCores() => _detector.Score(_data.Values, _scores, threads: 0);
}
