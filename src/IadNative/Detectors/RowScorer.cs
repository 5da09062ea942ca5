using IadNative.Compute;
using IadNative.Compute.Cpu;
using IadNative.Data;
using IadNative.Iad;

namespace IadNative.Detectors;

/// <summary>The folded networks of a detector, shared by all threads that score with it.</summary>
internal sealed class RowScorer
{
    private readonly Plan _plan;
    private readonly FoldedNetwork[] _networks;
    private readonly double[] _medians;
    private Lease? _idle;

    public RowScorer(Plan plan, FeatureScaler scaler, IReadOnlyList<TrainedNetwork> networks, double[] medians)
    {
        _plan = plan;
        _medians = medians;
        _networks = new FoldedNetwork[networks.Count];
        for (int k = 0; k < _networks.Length; k++)
        {
            _networks[k] = new FoldedNetwork(plan, scaler);
            _networks[k].Fold(networks[k].Parameters, networks[k].Statistics, networks[k].Center);
        }
    }

    /// <summary>
    /// Scores n rows. The buffers of the last call are used again; a second call at the same time makes its own, so any
    /// number of threads may score at once, and one thread scores without allocating.
    /// </summary>
    public void Score(ReadOnlySpan<float> rows, Span<float> scores)
    {
        Lease lease = Interlocked.Exchange(ref _idle, null) ?? new Lease(_plan, _networks.Length);
        for (int start = 0; start < scores.Length; start += Lease.BlockRows)
        {
            int count = Math.Min(Lease.BlockRows, scores.Length - start);
            ScoreBlock(lease, rows.Slice(start * _plan.Features, count * _plan.Features), scores.Slice(start, count));
        }

        Volatile.Write(ref _idle, lease);
    }

    private void ScoreBlock(Lease lease, ReadOnlySpan<float> rows, Span<float> scores)
    {
        int members = _networks.Length;
        for (int k = 0; k < members; k++)
        {
            lease.Scorer.Score(_networks[k], rows, lease.Scores.AsSpan(0, scores.Length));
            for (int i = 0; i < scores.Length; i++) lease.MemberScores[(i * members) + k] = lease.Scores[i];
        }

        for (int i = 0; i < scores.Length; i++)
        {
            float score = MemberScores.Combine(lease.MemberScores.AsSpan(i * members, members), _medians);
            scores[i] = float.IsFinite(score) ? score : float.MaxValue;
        }
    }

    /// <summary>The buffers of one caller.</summary>
    private sealed class Lease(Plan plan, int members)
    {
        public const int BlockRows = 64;

        public CpuScorer Scorer { get; } = CpuScorer.Create(plan);

        public float[] Scores { get; } = new float[BlockRows];

        /// <summary>Row-major: the scores of all members for one row stand together.</summary>
        public float[] MemberScores { get; } = new float[BlockRows * members];
    }
}
