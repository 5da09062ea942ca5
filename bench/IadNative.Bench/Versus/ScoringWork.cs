using IadNative.Bench.Versus.Exchange;
using IadNative.Compute;
using IadNative.Detectors;

namespace IadNative.Bench.Versus;

/// <summary>
/// Scoring raw rows as a user does, with a detector whose network has trained one epoch, so many rows per call.
/// </summary>
internal sealed class ScoringWork : OurWork
{
    private readonly Network _network;
    private readonly ReplicaState _state;
    private readonly AnomalyDetector _detector;
    private readonly float[] _scores;
    private readonly int _rowsPerCall;

    public ScoringWork(Network network, int rowsPerCall, int threads)
        : base(threads)
    {
        _network = network;
        _rowsPerCall = rowsPerCall;
        _scores = new float[rowsPerCall];
        _state = network.Start(round: 0);
        using ISession session = network.CreateSession(threads: 1);
        session.Import(0, _state);
        session.Train(new EpochRange(Round: 0, First: 0, Count: 1), null, CancellationToken.None);
        session.Export(0, _state);
        _detector = network.ToDetector(_state);
    }

    public override string Unit => _rowsPerCall == 1 ? "us per row, p50" : "us";

    public override double UnitSeconds => 1e-6;

    public override double Operations => Arithmetic.PerSample(_network.Plan.Scoring) * _rowsPerCall;

    public override Introduction Introduce()
    {
        var scores = new List<double>();
        for (int call = 0; call < Calls; call++)
        {
            Score(call);
            scores.AddRange(_scores.Select(score => (double)score));
        }

        return new Introduction("IadNative", [.. scores]);
    }

    public override Measurement Run(int count) => _rowsPerCall == 1
        ? Measurement.EachCall(count, Score)
        : Measurement.Whole(count, calls =>
        {
            for (int i = 0; i < calls; i++) Score(i);
        });

    public override double ValueOf(Measurement measurement, int count) =>
        (measurement.P50 ?? (measurement.Seconds / count)) / UnitSeconds;

    protected override Problem WriteArrays(string folder)
    {
        RawFile.Write<float>(folder, ProblemFiles.Data, _network.Data.Values);
        RawFile.Write<float>(folder, ProblemFiles.Offset, _network.Scaler.Offset);
        RawFile.Write<float>(folder, ProblemFiles.Scale, _network.Scaler.Scale);
        RawFile.Write<float>(folder, ProblemFiles.Parameters, _state.Parameters);
        RawFile.Write<float>(folder, ProblemFiles.Statistics, _state.Statistics);
        RawFile.Write<float>(folder, ProblemFiles.Center, _network.CenterOf(_state));
        return PlanDescription.Of(_network.Plan, WorkKind.Scoring, _network.Data.Rows, Threads) with
        {
            RowsPerCall = _rowsPerCall,
        };
    }

    private int Calls => _network.Data.Rows / _rowsPerCall;

    private float Score(int call)
    {
        int columns = _network.Data.Columns, start = call % Calls * _rowsPerCall;
        ReadOnlySpan<float> rows = _network.Data.Values.AsSpan(start * columns, _rowsPerCall * columns);
        if (_rowsPerCall == 1) _scores[0] = _detector.Score(rows);
        else _detector.Score(rows, _scores, Threads);
        return _scores[0];
    }
}
