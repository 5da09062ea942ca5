using Microsoft.ML;
using Microsoft.ML.Data;

namespace IadNative.ML.Rows;

/// <summary>The score of the row that a cursor stands on, computed once however many columns are read.</summary>
internal sealed class RowScore(AnomalyDetector detector, DataViewRow row, DataViewSchema.Column features)
{
    private readonly ValueGetter<VBuffer<float>> _read = row.GetGetter<VBuffer<float>>(features);
    private readonly float[] _cells = new float[detector.Features];
    private VBuffer<float> _buffer;
    private long _position = -1;
    private float _score;

    /// <summary>What reads one of the three columns, by its place among them.</summary>
    public Delegate GetterOf(int place) => place switch
    {
        0 => (ValueGetter<float>)((ref float value) => value = Score()),
        1 => (ValueGetter<bool>)((ref bool value) => value = detector.IsAnomaly(Score())),
        _ => (ValueGetter<double>)((ref double value) => value = detector.PValue(Score())),
    };

    private float Score()
    {
        if (row.Position == _position) return _score;
        _read(ref _buffer);
        _buffer.CopyTo(_cells);
        _score = detector.Score(_cells);
        _position = row.Position;
        return _score;
    }
}
