using IadNative.Fleet;
using IadNative.Fleet.PostgreSql;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Concurrency;

namespace IadNative.Orleans;

/// <summary>Fits one job. Where it or its node is lost, the block asks another one.</summary>
[Reentrant]
internal sealed partial class FitGrain(PlanCache plans, NodeSlots slots, ILogger<FitGrain> logger) : Grain, IFitGrain
{
    private readonly HashSet<(string Fleet, long Number)> _askedFor = [];
    private Task? _running;

    public Task StartAsync(string fleet, long number)
    {
        _askedFor.Add((fleet, number));
        if (_running is null or { IsCompleted: true }) _running = RunAsync(fleet, number);
        return Task.CompletedTask;
    }

    private async Task RunAsync(string fleet, long number)
    {
        // Whoever asked is answered first.
        await Task.Yield();
        try
        {
            FleetPlan plan = await plans.GetAsync(fleet);
            JobOutcome outcome = await slots.ExecuteAsync(plan.JobAt(number));
            if (outcome.Alarm is { } alarm) LogAlarm(alarm.Key, alarm.Stored, alarm.Second);
            JobState state = outcome.Result.Failure is null ? JobState.Done : JobState.Failed;
            (string Fleet, long Number)[] askedFor = [.. _askedFor];
            _askedFor.Clear();
            await Task.WhenAll(askedFor.Select(job => GrainFactory.GetGrain<IBlockGrain>(job.Number / FleetBlock.Size, job.Fleet).EndedAsync(job.Number, state)));
        }
        catch (OperationCanceledException)
        {
            // The node stops; another one is asked.
        }
        catch (Exception exception)
        {
            // The block asks again.
            LogFailure(exception, fleet, number);
        }
        finally
        {
            DeactivateOnIdle();
        }
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "Two results of one engine for {Key} differ: {Stored} is stored, {Second} came now. The machine or the program is at fault.")]
    private partial void LogAlarm(string key, string stored, string second);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Job {Number} of fleet {Fleet} did not come to an end here, and is tried again.")]
    private partial void LogFailure(Exception exception, string fleet, long number);
}
