using IadNative.Fleet;
using IadNative.Fleet.PostgreSql;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;
using Orleans.Runtime.Placement;

namespace IadNative.Orleans;

/// <summary>
/// Has the jobs of a block fitted, a window at a time. All that it knows is in the store: what is lost with a node is looked up there, and what
/// got lost on its way is asked for again.
/// </summary>
[Reentrant]
internal sealed partial class BlockGrain(PostgreSqlFleets fleets, PlanCache plans, TimeProvider clock, ILogger<BlockGrain> logger) : Grain, IBlockGrain
{
    private const int LooksInVain = 10;

    private static readonly TimeSpan s_lookEvery = TimeSpan.FromSeconds(1), s_askAgainAfter = TimeSpan.FromSeconds(5);

    private readonly Dictionary<int, (long Since, SiloAddress? Node)> _underWay = [];
    private JobState[]? _states;
    private FleetPlan? _plan;
    private IGrainTimer? _timer;
    private SiloAddress[] _nodes = [];
    private int[] _jobs = [];
    private FleetBlock _reported;
    private int _window, _next, _done, _failed, _inVain;
    private string _fleet = "";
    private long _first, _submission;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _first = this.GetPrimaryKeyLong(out string? fleet) * FleetBlock.Size;
        _fleet = fleet!;
        return Task.CompletedTask;
    }

    public Task WakeAsync(SiloAddress[] nodes, int[] jobs)
    {
        (_window, _nodes, _jobs) = (jobs.Sum(), nodes, jobs);
        _timer ??= this.RegisterGrainTimer(LookAsync, new GrainTimerCreationOptions { DueTime = TimeSpan.Zero, Period = s_lookEvery, Interleave = true, KeepAlive = true });
        return Task.CompletedTask;
    }

    public Task EndedAsync(long number, JobState state)
    {
        Mark((int)(number - _first), state);
        if (_states is not null) Fill();
        return Task.CompletedTask;
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (_states is null) await ReadAsync(cancellationToken);
            else await LookForLostAsync(cancellationToken);
            if (_states is not null) Fill();
            if (_states is not null) await ReportAsync(cancellationToken);
            _inVain = 0;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // The store is away, or the plan cannot be read: nothing is lost, and nothing goes on. It may be this node alone that is cut off, so that
            // after a while another one may have the block.
            if (_inVain++ == 0) LogFailure(exception, _first / FleetBlock.Size, _fleet);
            if (_inVain > LooksInVain) Close();
        }
    }

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        if (await fleets.FindAsync(_fleet, cancellationToken) is not { State: FleetState.Open } fleet)
        {
            Close();
            return;
        }

        FleetPlan plan = await plans.GetAsync(_fleet);
        int count = (int)Math.Min(FleetBlock.Size, plan.Jobs - _first);
        (_plan, _submission) = (plan, fleet.Submission);
        IReadOnlyList<JobState> states = await StatesAsync(count, cancellationToken);
        _states = new JobState[count];
        for (int i = 0; i < count; i++) Mark(i, states[i]);
    }

    private Task<IReadOnlyList<JobState>> StatesAsync(int count, CancellationToken cancellationToken) =>
        fleets.Results.StatesAsync([.. Enumerable.Range(0, count).Select(i => _plan!.KeyOf(_first + i))], cancellationToken);

    // Jobs that somebody has been at for a while: they may have ended, and the word may have got lost with a node; or they may be lost.
    private async Task LookForLostAsync(CancellationToken cancellationToken)
    {
        int[] old = [.. _underWay.Where(job => clock.GetElapsedTime(job.Value.Since) > s_askAgainAfter).Select(job => job.Key)];
        if (old.Length == 0) return;
        IReadOnlyList<JobState> states = await fleets.Results.StatesAsync([.. old.Select(i => _plan!.KeyOf(_first + i))], cancellationToken);
        for (int k = 0; k < old.Length; k++)
        {
            Mark(old[k], states[k]);
            if (states[k] == JobState.Missing && _underWay.ContainsKey(old[k])) Start(old[k]);
        }
    }

    private void Mark(int job, JobState state)
    {
        if (_states is null || job < 0 || job >= _states.Length || state == JobState.Missing || _states[job] != JobState.Missing) return;
        _states[job] = state;
        _underWay.Remove(job);
        if (state == JobState.Done) _done++;
        else _failed++;
    }

    private void Fill()
    {
        for (; _next < _states!.Length && _underWay.Count < _window; _next++)
        {
            if (_states[_next] == JobState.Missing) Start(_next);
        }
    }

    private void Start(int job)
    {
        SiloAddress? node = NodeWithMostLeft();
        _underWay[job] = (clock.GetTimestamp(), node);
        // A grain that is there stays where it is; one that is new comes to this node, or to another where this one is gone.
        if (node is not null) RequestContext.Set(IPlacementDirector.PlacementHintKey, node);
        HearAsync(job, GrainFactory.GetGrain<IFitGrain>(_plan!.KeyOf(_first + job)).StartAsync(_fleet, _first + job)).Ignore();
        RequestContext.Remove(IPlacementDirector.PlacementHintKey);
    }

    // Where it is fitted, if that is said. Whether it arrived there is seen by the result.
    private async Task HearAsync(int job, Task<SiloAddress> starting)
    {
        SiloAddress node = await starting;
        if (_underWay.TryGetValue(job, out (long Since, SiloAddress? Node) underWay)) _underWay[job] = (underWay.Since, node);
    }

    // Of the jobs that this block may have there. Null where it has no nodes.
    private SiloAddress? NodeWithMostLeft()
    {
        if (_nodes.Length == 0) return null;
        ILookup<SiloAddress?, int> underWay = _underWay.ToLookup(job => job.Value.Node, job => job.Key);
        return _nodes[Enumerable.Range(0, _nodes.Length).MaxBy(i => _jobs[i] - underWay[_nodes[i]].Count())];
    }

    private async Task ReportAsync(CancellationToken cancellationToken)
    {
        bool hasEnded = _done + _failed == _states!.Length;
        if (hasEnded)
        {
            // What was told by others is looked up before it counts: failures may have been forgotten meanwhile.
            IReadOnlyList<JobState> states = await StatesAsync(_states.Length, cancellationToken);
            if (states.Contains(JobState.Missing))
            {
                Close();
                return;
            }

            _failed = states.Count(state => state == JobState.Failed);
            _done = states.Count - _failed;
        }

        var block = new FleetBlock((int)(_first / FleetBlock.Size), _done, _failed, hasEnded);
        bool counts = block == _reported
            ? await fleets.IsOpenAsync(_fleet, _submission, cancellationToken)
            : await fleets.ReportAsync(_fleet, _submission, block, cancellationToken);
        _reported = block;
        if (!counts || hasEnded) Close();
    }

    // Whoever wakes the block before it is gone has it look at the store anew: failures may have been removed, to be tried again.
    private void Close()
    {
        _timer?.Dispose();
        (_timer, _states, _reported) = (null, null, default);
        (_window, _next, _done, _failed, _inVain) = (0, 0, 0, 0, 0);
        _underWay.Clear();
        DeactivateOnIdle();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Block {Number} of fleet {Fleet} waits.")]
    private partial void LogFailure(Exception exception, long number, string fleet);
}
