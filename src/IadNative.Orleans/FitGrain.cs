using IadNative.Fleet;
using IadNative.Fleet.PostgreSql;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace IadNative.Orleans;

/// <summary>Fits one job. Where it or its node is lost, the block asks another one.</summary>
[Reentrant]
internal sealed partial class FitGrain(
    PlanCache plans, NodeSlots slots, PostgreSqlFleets fleets, ILocalSiloDetails here, ILogger<FitGrain> logger) : Grain, IFitGrain
{
    // A job that ends every process that fits it is given up at some time.
    private const int MostStarts = 8;

    private readonly HashSet<(string Fleet, long Number)> _askedFor = [];
    private Task? _running;

    public Task<SiloAddress> StartAsync(string fleet, long number)
    {
        _askedFor.Add((fleet, number));
        if (_running is null or { IsCompleted: true }) _running = RunAsync(fleet, number);
        return Task.FromResult(here.SiloAddress);
    }

    private async Task RunAsync(string fleet, long number)
    {
        // Whoever asked is answered first.
        await Task.Yield();
        try
        {
            FleetJob job = (await plans.GetAsync(fleet)).JobAt(number);
            if (job.Key != this.GetPrimaryKeyString())
                throw new InvalidOperationException("Nodes of the cluster compute different keys for this job: they are of different versions. Run one version.");
            if (await slots.RunAsync((executor, stopping) => ExecuteAsync(fleet, job, executor, stopping)) is not { } outcome) return;
            if (outcome.Alarm is { } alarm) LogAlarm(alarm.Key, alarm.Stored, alarm.Second);
            JobState state = outcome.Result.Failure is null ? JobState.Done : JobState.Failed;
            (string Fleet, long Number)[] askedFor = [.. _askedFor];
            _askedFor.Clear();
            await Task.WhenAll(askedFor.Select(asked => GrainFactory.GetGrain<IBlockGrain>(asked.Number / FleetBlock.Size, asked.Fleet).EndedAsync(asked.Number, state)));
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

    // Null where the fleet is open no more, so that nobody wants the result now.
    private async Task<JobOutcome?> ExecuteAsync(string fleet, FleetJob job, JobExecutor executor, CancellationToken cancellationToken)
    {
        int starts = await fleets.BeginAsync(fleet, job.Key, cancellationToken);
        if (starts == 0) return null;
        if (starts <= MostStarts)
        {
            try
            {
                return await executor.ExecuteAsync(job, cancellationToken);
            }
            catch (Exception exception) when (exception is OperationCanceledException or IOException)
            {
                // A node that stops, or a store that does not answer, is no fault of the job.
                await fleets.TakeBackAsync(job.Key, CancellationToken.None);
                throw;
            }
        }

        var failure = new JobResult
        {
            Key = job.Key, Engine = "none", Seconds = 0,
            Failure = new JobFailure($"{MostStarts} nodes have begun with it and none has come to its end: they died, it may be of a lack of memory.", MostStarts),
        };
        AddOutcome added = await fleets.Results.TryAddAsync(failure, cancellationToken);
        return new JobOutcome(added.IsStored ? failure : await fleets.Results.FindAsync(job.Key, cancellationToken) ?? failure, added.IsStored, added.Alarm);
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "Two results of one engine for {Key} differ: {Stored} is stored, {Second} came now. The machine or the program is at fault.")]
    private partial void LogAlarm(string key, string stored, string second);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Job {Number} of fleet {Fleet} did not come to an end here, and is tried again.")]
    private partial void LogFailure(Exception exception, string fleet, long number);
}
