using IadNative.Compute.Cpu.Lanes;

namespace IadNative.Compute.Cpu;

/// <summary>Brings rows of a session's data through the network of a replica in scoring mode, with a team of threads.</summary>
internal sealed class DataScorer<T> : ITeamWork
    where T : struct, ILanes<T>
{
    private readonly Plan _plan;
    private readonly SessionSpec _spec;
    private readonly ThreadTeam _team;
    private readonly CpuScorer<T>[] _scorers;
    private readonly FoldedNetwork _folded;
    private CpuReplica _replica = null!;
    private float[] _scores = [];

    /// <summary>Compiles the scoring of a plan for each of the team.</summary>
    public DataScorer(Plan plan, SessionSpec spec, ThreadTeam team)
    {
        _plan = plan;
        _spec = spec;
        _team = team;
        _scorers = [.. Enumerable.Range(0, team.Size).Select(_ => new CpuScorer<T>(plan))];
        _folded = _scorers[0].CreateNetwork(spec.ViewOf(spec.Replicas[0]));
    }

    /// <summary>Rows that a replica trains on.</summary>
    public int TrainingRows => _spec.Replicas[0].Rows.Length;

    /// <summary>Takes over the numbers of a replica.</summary>
    public void Fold(CpuReplica replica)
    {
        _replica = replica;
        _folded.Features = replica.Features;
        _folded.Fold(replica.Parameters.Span, replica.Statistics.Span, replica.State.Span);
    }

    /// <summary>Shares out work on so many rows that goes through the network.</summary>
    public void Share(ITeamWork work, int length, int granule, int rows) =>
        _team.Share(work, 0, length, granule, (long)_plan.Parameters.Length * rows);

    /// <summary>Scores all rows of the data for a replica.</summary>
    /// <param name="replica">The replica.</param>
    /// <param name="scores">Receives the n scores.</param>
    public void Score(CpuReplica replica, float[] scores)
    {
        Fold(replica);
        _scores = scores;
        Share(this, scores.Length, CpuScorer.BlockRows, scores.Length);
    }

    /// <summary>Adds the outputs of some rows that the replica trains on to sums, row after row.</summary>
    /// <param name="first">The first of the replica's rows.</param>
    /// <param name="count">How many.</param>
    /// <param name="member">Which member of the team asks.</param>
    /// <param name="sums">One sum per output.</param>
    public void AddOutputs(int first, int count, int member, Span<double> sums) =>
        _scorers[member].AddOutputs(_folded, _spec.Data, _replica.Spec.Rows.AsSpan(first, count), sums);

    /// <inheritdoc/>
    public void Part(int phase, int first, int end, int member)
    {
        for (int start = first, count; start < end; start += count)
        {
            count = Math.Min(end - start, _spec.RowsAtOnce);
            _scorers[member].Score(_folded, _spec.RowsFrom(start, count), _scores.AsSpan(start, count));
        }
    }
}
