using System.Diagnostics;
using IadNative.Data;
using IadNative.Fleet;
using IadNative.Tests.Cli;

namespace IadNative.Tests.Fleet;

internal sealed class FleetRunnerTests
{
    [Test]
    public void Results_do_not_depend_on_the_workers()
    {
        using var folder = new TestFolder();
        FleetPlan plan = FleetSamples.Plan(6, seeds: 2);
        string[][] digests = [.. new[] { 1, 2, 8 }.Select(workers =>
        {
            FleetFolder fleet = FleetSamples.Write(folder.File($"{workers}"), plan);
            FleetRun run = FleetSamples.Run(fleet, workers);
            Assert.That((run.Jobs, run.Fitted, run.Found, run.Failures), Is.EqualTo((12, 12, 0, 0)));
            return FleetSamples.Digests(fleet.Path);
        })];
        Assert.That(digests[0], Has.Length.EqualTo(12));
        Assert.That(digests[1], Is.EqualTo(digests[0]));
        Assert.That(digests[2], Is.EqualTo(digests[0]));
    }

    [Test]
    public async Task A_detector_is_that_of_a_fit_alone()
    {
        using var folder = new TestFolder();
        FleetFolder fleet = FleetSamples.Write(folder.File("f"), FleetSamples.Plan(2, seeds: 2));
        FleetSamples.Run(fleet);
        FleetJob job = fleet.ReadPlan().JobAt(3);
        FittedDetector fitted = (await fleet.Results.FindAsync(job.Key))!.Detector!;
        Dataset data = FleetSamples.Table(1);
        FitResult alone = AnomalyDetector.Fit(data, job.Options.For(data, job.Seed));
        using var stream = new MemoryStream();
        alone.Detector.Save(stream);
        Assert.That(fitted.Model.ToArray(), Is.EqualTo(stream.ToArray()));
        Assert.That((fitted.Threshold, fitted.Rounds, fitted.Auc), Is.EqualTo((alone.Detector.Threshold, 2, (double?)null)));
        Assert.That(fitted.Flagged, Is.EqualTo(alone.DetectorScores.Count(alone.Detector.IsAnomaly)));
    }

    [Test]
    public void What_is_stored_is_not_done_again_and_shards_make_up_the_whole()
    {
        using var folder = new TestFolder();
        FleetPlan plan = FleetSamples.Plan(5);
        FleetFolder fleet = FleetSamples.Write(folder.File("f"), plan);
        foreach (int index in new[] { 0, 1, 2, 0 })
        {
            FleetRun run = new FleetRunner(fleet.Partitions, fleet.Results) { Shard = new Shard(index, 3) }.RunAsync(plan).GetAwaiter().GetResult();
            Assert.That(run.Found + run.Fitted, Is.EqualTo(index < 2 ? 2 : 1));
        }

        Assert.That(FleetSamples.Run(fleet).Found, Is.EqualTo(5));
        Assert.That(JobCounts.OfAsync(plan, fleet.Results).GetAwaiter().GetResult(), Is.EqualTo(new JobCounts(5, 0, 0)));
    }

    [Test]
    public async Task Bad_data_are_a_failure_at_once_and_what_may_pass_after_three_attempts()
    {
        using var folder = new TestFolder();
        Dataset gap = new("gap", new TableValues((float[])[.. new float[29], float.NaN]), 10, FeatureColumn.Numbers(null, 3), null, areNamed: false, allowMissing: true);
        Partition holey = PartitionFile.Describe("gap", gap), lost = PartitionFile.Describe("lost", FleetSamples.Table(9));
        var plan = new FleetPlan([holey, lost, PartitionFile.Describe("p0", FleetSamples.Table(0))], OptionGrid.Parse(FleetSamples.Quick), [0]);
        var fleet = new FleetFolder(folder.File("f"));
        await fleet.Partitions.TryAddAsync(holey.Hash, PartitionFile.Write(gap));
        await fleet.Partitions.TryAddAsync(plan.Partitions[2].Hash, PartitionFile.Write(FleetSamples.Table(0)));
        fleet.WritePlan(plan);
        FleetRun run = FleetSamples.Run(fleet);
        Assert.That((run.Fitted, run.NewFailures, run.Failures), Is.EqualTo((1, 2, 2)));
        JobFailure ofData = (await fleet.Results.FindAsync(plan.KeyOf(0)))!.Failure!, ofStore = (await fleet.Results.FindAsync(plan.KeyOf(1)))!.Failure!;
        Assert.That((ofData.Attempts, ofStore.Attempts), Is.EqualTo((1, 3)));
        Assert.That(ofData.Message, Does.Contain("missing"));
        Assert.That(ofStore.Message, Does.Contain("'lost' is not in the store"));
        Assert.That(FleetSamples.Run(fleet).NewFailures, Is.Zero, "failures are results");
        await fleet.Partitions.TryAddAsync(lost.Hash, PartitionFile.Write(FleetSamples.Table(9)));
        Assert.That(await fleet.Results.RemoveFailureAsync(plan.KeyOf(1)), Is.True);
        Assert.That(FleetSamples.Run(fleet).Fitted, Is.EqualTo(1));
    }

    [Test]
    public async Task A_store_that_fails_for_a_moment_costs_nothing_and_one_that_fails_for_good_ends_the_run()
    {
        using var folder = new TestFolder();
        FleetFolder fleet = FleetSamples.Write(folder.File("f"), FleetSamples.Plan(1));
        FleetJob job = fleet.ReadPlan().JobAt(0);
        var shaky = new FailingStore(fleet.Results, failures: 2);
        JobOutcome outcome = await new JobExecutor(fleet.Partitions, shaky) { Pause = TimeSpan.Zero }.ExecuteAsync(job);
        Assert.That((outcome.IsNew, outcome.Result.Failure), Is.EqualTo((true, (JobFailure?)null)));

        // What a store of partitions does not answer is no failure of the job.
        job = FleetSamples.Plan(2).JobAt(1);
        Assert.That(() => new JobExecutor(new SilentPartitions(), fleet.Results) { Pause = TimeSpan.Zero }.ExecuteAsync(job), Throws.TypeOf<IOException>());
        Assert.That(await fleet.Results.FindAsync(job.Key), Is.Null);
        var broken = new FailingStore(new FolderJobStore(folder.File("none")), failures: int.MaxValue);
        Assert.That(() => new FleetRunner(fleet.Partitions, broken) { Workers = 2 }.RunAsync(fleet.ReadPlan()), Throws.TypeOf<IOException>());
    }

    [Test]
    public async Task Where_another_was_first_its_result_is_the_outcome()
    {
        using var folder = new TestFolder();
        FleetFolder fleet = FleetSamples.Write(folder.File("f"), FleetSamples.Plan(1));
        FleetJob job = fleet.ReadPlan().JobAt(0);
        var failure = new JobResult { Key = job.Key, Engine = "another", Seconds = 1, Failure = new JobFailure("out of memory", 3) };
        JobOutcome outcome = await new JobExecutor(new LateStore(fleet.Partitions, () => fleet.Results.TryAddAsync(failure)), fleet.Results).ExecuteAsync(job);
        Assert.That((outcome.IsNew, outcome.Result.Failure), Is.EqualTo((false, failure.Failure)));
    }

    [Test]
    [CancelAfter(60_000)]
    public void Cancelling_stops_within_a_fit_and_keeps_what_is_finished(CancellationToken timeout)
    {
        using var folder = new TestFolder();
        FleetPlan plan = FleetSamples.Plan(50, options: "model=svdd;rounds=2;epochs=40;network=4-2");
        FleetFolder fleet = FleetSamples.Write(folder.File("f"), plan);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(timeout);
        var progress = new Reporter(step =>
        {
            if (step.Ended >= 3) stop.Cancel();
        });
        var runner = new FleetRunner(fleet.Partitions, fleet.Results) { Workers = 2, Progress = progress };
        Assert.That(() => runner.RunAsync(plan, stop.Token), Throws.InstanceOf<OperationCanceledException>());
        JobCounts counts = JobCounts.OfAsync(plan, fleet.Results, cancellationToken: timeout).GetAwaiter().GetResult();
        Assert.That(counts.Done, Is.InRange(3, 10));
        Assert.That(FleetSamples.Run(fleet, cancellationToken: timeout).Found, Is.EqualTo(counts.Done));
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task A_file_in_the_folder_stops_all_who_work_on_it(CancellationToken timeout)
    {
        using var folder = new TestFolder();
        FleetFolder fleet = FleetSamples.Write(folder.File("f"), FleetSamples.Plan(1));
        using FleetStop stop = fleet.StopWhenAsked(timeout);
        Assert.That((fleet.IsCancelRequested, stop.Token.IsCancellationRequested), Is.EqualTo((false, false)));
        fleet.RequestCancel();
        Assert.That(() => Task.Delay(TimeSpan.FromSeconds(20), stop.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That((fleet.IsCancelRequested, stop.WasAsked), Is.EqualTo((true, true)));
        fleet.ClearCancel();
        Assert.That(fleet.IsCancelRequested, Is.False);
        await Task.CompletedTask;
    }

    [Test]
    [CancelAfter(60_000)]
    public void Whoever_begins_later_takes_no_request_back_from_those_who_were_there(CancellationToken timeout)
    {
        using var folder = new TestFolder();
        FleetFolder fleet = FleetSamples.Write(folder.File("f"), FleetSamples.Plan(1));
        using FleetStop first = fleet.StopWhenAsked(timeout);
        fleet.RequestCancel();
        using FleetStop second = fleet.StopWhenAsked(timeout);
        fleet.ClearCancel();
        Assert.That(first.Token.WaitHandle.WaitOne(TimeSpan.FromSeconds(20)), Is.True, "was there before");
        Assert.That((first.WasAsked, second.WasAsked, fleet.IsCancelRequested), Is.EqualTo((true, false, false)));
        fleet.RequestCancel();
        Assert.That(fleet.IsCancelRequested, Is.True);
        Assert.That(second.Token.WaitHandle.WaitOne(TimeSpan.FromSeconds(20)), Is.True, "another request");
        Assert.That((second.WasAsked, timeout.IsCancellationRequested), Is.EqualTo((true, false)));
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Fits_that_hold_their_threads_keep_no_timer_waiting(CancellationToken timeout)
    {
        using var folder = new TestFolder();
        int workers = (4 * Environment.ProcessorCount) + 8;
        FleetPlan plan = FleetSamples.Plan(workers);
        FleetFolder fleet = FleetSamples.Write(folder.File("f"), plan);
        ThreadPool.GetMinThreads(out int before, out _);
        using var hold = new ManualResetEventSlim();
        var store = new HoldingStore(fleet.Partitions, hold);
        Task<FleetRun> run = new FleetRunner(store, fleet.Results) { Workers = workers }.RunAsync(plan, timeout);
        long start = Stopwatch.GetTimestamp();
        // The pool alone would add one or two threads a second.
        while (store.Held < workers && Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(20)) Thread.Sleep(5);
        TimeSpan all = Stopwatch.GetElapsedTime(start);
        using var fired = new ManualResetEventSlim();
        using var timer = new Timer(_ => fired.Set(), null, 50, Timeout.Infinite);
        bool hasFired = fired.Wait(TimeSpan.FromSeconds(5), timeout);
        hold.Set();
        Assert.That((store.Held, hasFired), Is.EqualTo((workers, true)));
        Assert.That(all, Is.LessThan(TimeSpan.FromSeconds(5)));
        Assert.That((await run).Fitted, Is.EqualTo(workers));
        ThreadPool.GetMinThreads(out int after, out _);
        Assert.That(after, Is.EqualTo(before), "what was raised is lowered again");
    }

    [Test]
    public void Claims_keep_runs_that_work_at_once_from_doing_the_same()
    {
        using var folder = new TestFolder();
        FleetPlan plan = FleetSamples.Plan(30);
        FleetFolder fleet = FleetSamples.Write(folder.File("f"), plan);
        Task<FleetRun>[] runs = [.. Enumerable.Range(0, 3).Select(_ => Task.Run(() =>
            new FleetRunner(fleet.Partitions, fleet.Results) { Workers = 2, Claims = new FolderJobClaims(Path.Combine(fleet.Path, "claims")) }.RunAsync(plan)))];
        Task.WaitAll(runs);
        Assert.That(runs.Select(run => run.Result.Found + run.Result.Fitted), Is.All.EqualTo(30));
        Assert.That(runs.Sum(run => run.Result.Fitted), Is.EqualTo(30), "each was fitted once");
        Assert.That(Directory.GetFiles(Path.Combine(fleet.Path, "claims")), Is.Empty);
    }

    [Test]
    [CancelAfter(120_000)]
    public async Task A_killed_process_loses_what_it_was_at_and_the_next_goes_on(CancellationToken timeout)
    {
        using var folder = new TestFolder();
        FleetPlan plan = FleetSamples.Plan(60, options: "model=svdd;rounds=1;epochs=30;network=4-2");
        FleetFolder fleet = FleetSamples.Write(folder.File("f"), plan);
        using (Process process = ProgramProcess.Start("IadNative.Probe", "fleet", fleet.Path))
        {
            while (Stored(fleet) < 5 && !process.HasExited) await Task.Delay(5, timeout);

            // SIGKILL where there are signals: nothing in the process can react to it.
            process.Kill();
            await process.WaitForExitAsync(timeout);
        }

        string[] before = FleetSamples.Digests(fleet.Path);
        Assert.That(before, Has.Length.InRange(5, 59), "The kill came too late to test anything.");
        FleetRun run = FleetSamples.Run(fleet, cancellationToken: timeout);
        Assert.That((run.Found, run.Fitted), Is.EqualTo((before.Length, 60 - before.Length)));
        FleetFolder whole = FleetSamples.Write(folder.File("whole"), plan);
        FleetSamples.Run(whole, workers: 1, timeout);
        Assert.That(FleetSamples.Digests(fleet.Path), Is.EqualTo(FleetSamples.Digests(whole.Path)));
    }

    [Test]
    [CancelAfter(120_000)]
    public async Task Of_8_processes_at_once_each_job_has_one_result(CancellationToken timeout)
    {
        using var folder = new TestFolder();
        FleetPlan plan = FleetSamples.Plan(20);
        FleetFolder fleet = FleetSamples.Write(folder.File("f"), plan);
        Process[] processes = [.. Enumerable.Range(0, 8).Select(_ => ProgramProcess.Start("IadNative.Probe", "fleet", fleet.Path))];
        long fitted = 0;
        foreach (Process process in processes)
        {
            fitted += long.Parse(await process.StandardOutput.ReadToEndAsync(timeout), System.Globalization.CultureInfo.InvariantCulture);
            await process.WaitForExitAsync(timeout);
            Assert.That(process.ExitCode, Is.Zero);
            process.Dispose();
        }

        Assert.That(fitted, Is.EqualTo(20), "exactly one process was told that it stored each");
        Assert.That(FleetSamples.Digests(fleet.Path), Has.Length.EqualTo(20));
    }

    private static int Stored(FleetFolder fleet) => Directory.Exists(Path.Combine(fleet.Path, "results"))
        ? Directory.GetFiles(Path.Combine(fleet.Path, "results"), "*.result", SearchOption.AllDirectories).Length
        : 0;

    private sealed class Reporter(Action<FleetProgress> report) : IProgress<FleetProgress>
    {
        public void Report(FleetProgress value) => report(value);
    }

    /// <summary>A store that does not answer.</summary>
    private sealed class SilentPartitions : IPartitionStore
    {
        public Task<bool> TryAddAsync(string hash, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => throw new IOException("away");

        public Task<byte[]?> FindAsync(string hash, CancellationToken cancellationToken) => throw new IOException("away");
    }

    /// <summary>A store with which something else happens while it is read.</summary>
    private sealed class LateStore(IPartitionStore inner, Func<Task> meanwhile) : IPartitionStore
    {
        public Task<bool> TryAddAsync(string hash, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => inner.TryAddAsync(hash, content, cancellationToken);

        public async Task<byte[]?> FindAsync(string hash, CancellationToken cancellationToken)
        {
            await meanwhile();
            return await inner.FindAsync(hash, cancellationToken);
        }
    }

    /// <summary>A store that keeps the thread of whoever asks, as a fit does.</summary>
    private sealed class HoldingStore(IPartitionStore inner, ManualResetEventSlim hold) : IPartitionStore
    {
        private int _held;

        public int Held => Volatile.Read(ref _held);

        public Task<bool> TryAddAsync(string hash, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
            inner.TryAddAsync(hash, content, cancellationToken);

        public Task<byte[]?> FindAsync(string hash, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _held);
            hold.Wait(cancellationToken);
            return inner.FindAsync(hash, cancellationToken);
        }
    }

    /// <summary>A store of which the first attempts to add fail.</summary>
    private sealed class FailingStore(IJobStore inner, int failures) : IJobStore
    {
        private int _failures = failures;

        public Task<JobResult?> FindAsync(string key, CancellationToken cancellationToken) => inner.FindAsync(key, cancellationToken);

        public Task<AddOutcome> TryAddAsync(JobResult result, CancellationToken cancellationToken) =>
            Interlocked.Decrement(ref _failures) >= 0 ? throw new IOException("the disk is away") : inner.TryAddAsync(result, cancellationToken);

        public Task<IReadOnlyList<JobState>> StatesAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
            inner.StatesAsync(keys, cancellationToken);

        public Task<bool> RemoveFailureAsync(string key, CancellationToken cancellationToken) => inner.RemoveFailureAsync(key, cancellationToken);
    }
}
