using IadNative.Cuda;
using IadNative.Data;
using IadNative.Detectors;
using IadNative.Iad;
using IadNative.Tests.Detectors;

namespace IadNative.Tests.Cuda;

/// <summary>A fit that is repeated with one call of its driver after the other failing, and compared with itself unharmed.</summary>
internal sealed class FaultTrial
{
    private readonly Func<ICudaDriver> _open;
    private readonly bool _isolate;
    private readonly Dataset _data;
    private readonly FitOptions _options;
    private readonly FitResult _unharmed;
    private readonly List<int> _roundEnds = [];
    private readonly AnomalyDetector[] _stopped;

    /// <param name="open">Opens a device.</param>
    /// <param name="isolate">Whether each buffer has an allocation of its own.</param>
    /// <param name="data">What is fitted.</param>
    /// <param name="options">How, but for the device.</param>
    public FaultTrial(Func<ICudaDriver> open, bool isolate, Dataset data, FitOptions options)
    {
        (_open, _isolate, _data, _options) = (open, isolate, data, options);
        using var driver = new FaultyDriver(open());
        _unharmed = Fit(driver, options, new RoundEnds(() => _roundEnds.Add(driver.Calls.Count)));
        Calls = driver.Calls;
        Assert.That(_unharmed.Alarms.Where(IsOfDevice), Is.Empty);
        Assert.That(_unharmed.Detector.Score(data), Has.All.Matches<float>(float.IsFinite));
        Assert.That(_roundEnds, Has.Count.EqualTo(options.Training.Rounds + 1));
        _stopped = [.. Enumerable.Range(0, _roundEnds.Count).Select(Stopped)];

        AnomalyDetector Stopped(int rounds)
        {
            using ICudaDriver another = open();
            return Fit(another, options with { Training = options.Training with { Rounds = rounds } }).Detector;
        }
    }

    /// <summary>The calls of the fit, in order.</summary>
    public IReadOnlyList<DriverCall> Calls { get; }

    /// <summary>The round at work in a call; T + 1 after the last.</summary>
    public int RoundOf(int call) => _roundEnds.Count(end => end <= call);

    /// <summary>Lets a call fail.</summary>
    public void Check(int call)
    {
        string what = $"call {call}, {Calls[call]}";
        int round = RoundOf(call);
        bool isMemory = Calls[call] == DriverCall.Allocate;
        using var driver = new FaultyDriver(_open()) { FaultAt = call };
        FitResult result;
        try
        {
            result = Fit(driver, _options);
        }
        catch (CudaException e)
        {
            Assert.That(round, Is.Zero, what);
            Assert.That(e.Status, Is.EqualTo(isMemory ? FaultyDriver.OutOfMemory : FaultyDriver.IllegalAddress), what);
            Assert.That(e, isMemory ? Is.TypeOf<CudaOutOfMemoryException>() : Is.TypeOf<CudaException>(), what);
            AssertFreed(driver, what);
            return;
        }

        AssertFreed(driver, what);
        if (isMemory)
        {
            AssertTrainedInTurn(result, what);
            return;
        }

        int[] finished = [.. result.Runs.Select(run => run.Rounds.Count)];
        Assert.That(finished, Is.Ordered.Descending, what);
        Assert.That(finished, Has.All.InRange(round, Math.Min(round + 1, _roundEnds.Count)), what);
        if (_options.Training.Seeds == 1) Assert.That(finished, Is.EqualTo(new[] { round }).And.Not.EqualTo(new[] { 0 }), what);
        AssertAlarms(result, what);
        for (int run = 0; run < finished.Length; run++)
        {
            Assert.That(
                Rounds(result.Runs[run]), Is.EqualTo(Rounds(_unharmed.Runs[run]).Take(finished[run])), $"{what}, run {run}");
        }

        AnomalyDetector expected = _stopped[finished[0] - 1];
        DetectorContent kept = result.Detector.Content with { Options = expected.Content.Options };
        Assert.That(new AnomalyDetector(kept).Saved(), Is.EqualTo(expected.Saved()), what);
    }

    // What has no room side by side trains in turn, with the same result.
    private void AssertTrainedInTurn(FitResult result, string what)
    {
        Assert.That(_options.Training.Seeds, Is.GreaterThan(1), what);
        Assert.That(result.Alarms.Where(IsOfDevice), Is.Empty, what);
        Assert.That(result.Runs.Select(Rounds), Is.EqualTo(_unharmed.Runs.Select(Rounds)), what);
        Assert.That(result.Detector.Saved(), Is.EqualTo(_unharmed.Detector.Saved()), what);
    }

    private void AssertAlarms(FitResult result, string what)
    {
        RunReport[] stopped = [.. result.Runs.Where(run => run.Rounds.Count < _roundEnds.Count)];
        Alarm[] alarms = [.. result.Alarms.Where(IsOfDevice)];
        Assert.That(
            alarms.Select(alarm => (alarm.Seed, alarm.Round)), Is.EqualTo(stopped.Select(run => (run.Seed, run.Rounds.Count))), what);
        for (int i = 0; i < alarms.Length; i++)
        {
            Assert.That(alarms[i].Message, Does.Contain($"stopped in round {alarms[i].Round}: ").And.Contain("illegal address"), what);
            string keeps = stopped[i].Rounds.Count == 0 ? "it has no result." : $"it keeps round {stopped[i].SelectedRound}.";
            Assert.That(alarms[i].Message, Does.EndWith(keeps), what);
        }
    }

    // A lost device takes its memory along; from any other all must have come back.
    private static void AssertFreed(FaultyDriver driver, string what)
    {
        if (!driver.Lost) Assert.That(driver.FreeMemory, Is.EqualTo(driver.Device.TotalMemory), what);
    }

    private FitResult Fit(ICudaDriver driver, FitOptions options, IProgress<TrainingProgress>? progress = null) =>
        AnomalyDetector.Fit(_data, options with { Device = new CudaDevice(driver) { IsolateBuffers = _isolate } }, progress);

    private static bool IsOfDevice(Alarm alarm) => alarm.Kind == AlarmKind.DeviceFailed;

    private static IEnumerable<string> Rounds(RunReport run) => run.Rounds.Select(round => $"{round with { Seconds = 0 }}");

    private sealed class RoundEnds(Action end) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Completed.Count > 0) end();
        }
    }
}
