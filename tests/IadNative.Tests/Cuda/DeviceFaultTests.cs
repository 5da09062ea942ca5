using IadNative.Cuda;
using IadNative.Data;
using IadNative.Detectors;
using IadNative.Iad;
using IadNative.Models;
using IadNative.Networks;
using IadNative.Tests.Cli;
using IadNative.Tests.Detectors;
using IadNative.Tests.Emulator;

namespace IadNative.Tests.Cuda;

/// <summary>
/// A device that fails in any call of a fit: before round 0 is done the fit fails with the device's own error; later it ends with
/// an alarm and the networks of the last finished round.
/// </summary>
public sealed class DeviceFaultTests
{
    private static readonly Dataset s_data = SyntheticData.Contaminated(n: 40, d: 3);

    private static readonly FitOptions s_options = new()
    {
        Model = BaseModel.OneClassSvdd.Pretrained(1),
        Network = new NetworkSpec(4, 2),
        Training = new TrainingOptions { Rounds = 2, Epochs = 1, BatchSize = 12, Seed = 5 },
    };

    [Test, Category("Emulator"), Category("Slow")]
    public void Every_call_of_a_fit_may_fail([Values(1, 2)] int seeds)
    {
        ClangCompiler.IgnoreIfMissing();
        TrainingOptions training = s_options.Training with { Seeds = seeds, Termination = TerminationCriterion.Last };
        var trial = new FaultTrial(Open, isolate: false, s_data, s_options with { Training = training });
        Assert.That(trial.Calls, Is.SupersetOf(s_used));
        for (int call = 0; call < trial.Calls.Count; call++) trial.Check(call);
        TestContext.Out.WriteLine($"{trial.Calls.Count} calls");
    }

    [Test, Category("Emulator"), Category("Slow")]
    public void Any_call_of_a_fit_may_fail_where_every_buffer_is_an_allocation([Values(1, 2)] int ensemble)
    {
        ClangCompiler.IgnoreIfMissing();
        FitOptions options = s_options with { Training = s_options.Training with { Ensemble = ensemble } };
        var trial = new FaultTrial(Open, isolate: true, s_data, options);
        int[] chosen = [.. Chosen(trial, 13)];
        Assert.That(chosen.Select(call => trial.Calls[call]), Is.SupersetOf(s_used));
        Assert.That(chosen.Select(trial.RoundOf).Distinct().Order(), Is.EqualTo(new[] { 0, 1, 2, 3 }));
        foreach (int call in chosen) trial.Check(call);
    }

    [Test, Category("Emulator"), Category("Slow")]
    public void Any_call_of_a_fit_may_fail_where_epochs_are_awaited_and_have_several_graphs()
    {
        ClangCompiler.IgnoreIfMissing();
        TrainingOptions training = s_options.Training with { Rounds = 1, Epochs = 3, BatchSize = 2 };
        var trial = new FaultTrial(Open, isolate: false, SyntheticData.Contaminated(n: 131, d: 3), s_options.Pretrained(0) with { Training = training });
        int[] chosen = [.. Chosen(trial, 149)];
        Assert.That(chosen.Select(call => trial.Calls[call]), Is.SupersetOf(s_used).And.Contain(DriverCall.AwaitEvent));
        Assert.That(trial.Calls.Count(call => call == DriverCall.BeginCapture), Is.GreaterThanOrEqualTo(3), "of an epoch alone");
        foreach (int call in chosen) trial.Check(call);
    }

    [Test, Category("Emulator")]
    public void A_failed_fit_leaves_the_model_file_alone_and_a_stopped_one_can_be_saved_over_it()
    {
        ClangCompiler.IgnoreIfMissing();
        using var folder = new TestFolder();
        string model = folder.File("model.iad");
        FitAndSave(new FaultyDriver(Open()));
        byte[] before = File.ReadAllBytes(model);

        Assert.That(() => FitAndSave(new FaultyDriver(Open()) { FaultAt = 0 }), Throws.InstanceOf<CudaException>());
        Assert.That(File.ReadAllBytes(model), Is.EqualTo(before));
        Assert.That(folder.Files, Is.EqualTo(new[] { "model.iad" }));

        using var counting = new FaultyDriver(Open());
        FitAndSave(counting);
        int last = counting.Calls.LastIndexOf(DriverCall.Launch);
        FitResult stopped = FitAndSave(new FaultyDriver(Open()) { FaultAt = last });
        Assert.That(stopped.Detector.Round, Is.EqualTo(1));
        Assert.That(AnomalyDetector.Load(model).Saved(), Is.EqualTo(stopped.Detector.Saved()).And.Not.EqualTo(before));

        FitResult FitAndSave(FaultyDriver driver)
        {
            TrainingOptions training = s_options.Training with { Termination = TerminationCriterion.Last };
            FitResult result = AnomalyDetector.Fit(s_data, s_options with { Training = training, Device = new CudaDevice(driver) });
            result.Detector.Save(model);
            return result;
        }
    }

    private static EmulatedCudaDriver Open() => new(new EmulatorOptions());

    private static readonly DriverCall[] s_used =
    [
        DriverCall.Allocate, DriverCall.Free, DriverCall.CopyToDevice, DriverCall.CopyToHost, DriverCall.Clear, DriverCall.GetKernel,
        DriverCall.Launch, DriverCall.Multiply, DriverCall.BeginCapture, DriverCall.EndCapture, DriverCall.Replay,
        DriverCall.DestroyGraph, DriverCall.CreateEvent, DriverCall.RecordEvent, DriverCall.DestroyEvent,
    ];

    // Every so manyth call, the first and last of each kind in each round, and all in which a round is taken and kept: the copies
    // to the host that end it.
    private static IEnumerable<int> Chosen(FaultTrial trial, int every)
    {
        int[] all = [.. Enumerable.Range(0, trial.Calls.Count)];
        return all.Where(call => call % every == 0)
            .Concat(all.GroupBy(call => (trial.Calls[call], trial.RoundOf(call))).SelectMany(calls => new[] { calls.First(), calls.Last() }))
            .Concat(all.GroupBy(trial.RoundOf).SelectMany(calls =>
                calls.Reverse().TakeWhile(call => trial.Calls[call] == DriverCall.CopyToHost)))
            .Distinct().Order();
    }
}
