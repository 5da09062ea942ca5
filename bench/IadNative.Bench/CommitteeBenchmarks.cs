using BenchmarkDotNet.Attributes;
using IadNative.Data;
using IadNative.Detectors;
using IadNative.Iad;
using IadNative.Models;

namespace IadNative.Bench;

/// <summary>Scoring with a committee on Satellite: small networks and flows, each on columns of its own.</summary>
[MemoryDiagnoser]
public class CommitteeBenchmarks
{
    private const int BulkRows = 100_000;

    private AnomalyDetector _detector = null!;
    private Dataset _data = null!;
    private float[] _rows = null!, _scores = null!, _contributions = null!;
    private int _row;

    /// <summary>Flows beside 64 Deep SVDD networks.</summary>
    [Params(0, 64, 128)]
    public int Flows { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _data = SatelliteData.Read();
        DetectorFamily networks = new() { Network = new NetworkSpec(16, 8), ColumnsPerMember = 8, Count = 64, Steps = 4 };
        DetectorFamily flows = new()
        {
            Model = new MaskedAutoregressiveFlow { Degrees = MadeDegrees.Spread }, Network = new NetworkSpec(16, 16) { BatchNorm = false },
            ColumnsPerMember = 6, Count = Flows, Steps = 4,
        };
        var options = new FitOptions
        {
            Families = Flows == 0 ? [networks] : [networks, flows],
            MemberScale = MemberScale.Quartiles,
            Training = new TrainingOptions { Rounds = 0 },
        };
        _detector = AnomalyDetector.Fit(_data, options).Detector;
        _rows = new float[BulkRows * _data.Columns];
        for (int i = 0; i < BulkRows; i++) _data.Row(i % _data.Rows).CopyTo(_rows.AsSpan(i * _data.Columns));
        (_scores, _contributions) = (new float[BulkRows], new float[_data.Columns]);
    }

    /// <summary>One row, a different one each time.</summary>
    [Benchmark]
    public float OneRow() => _detector.Score(_data.Row(_row++ % _data.Rows));

    /// <summary>What each of its 36 features contributes.</summary>
    [Benchmark]
    public void ExplainOneRow() => _detector.Explain(_data.Row(_row++ % _data.Rows), _contributions);

    /// <summary>Many rows in one call, on the calling thread.</summary>
    [Benchmark(OperationsPerInvoke = BulkRows)]
    public void RowOfMany() => _detector.Score(_rows, _scores, threads: 1);
}
