using IadNative.Compute.Cpu;
using IadNative.Detectors;
using IadNative.Iad;
using IadNative.Models;

namespace IadNative.Reproduction.Tests;

internal sealed class TrialRunnerTests
{
    /// <summary>Steps so long that the exponentials of a flow overflow in the first round.</summary>
    private static readonly Settings s_hopeless = new()
    {
        Model = BaseModel.MaskedAutoregressiveFlow,
        Training = new TrainingOptions { Epochs = 5, LearningRate = 10 },
        BatchNorm = false,
    };

    [Test]
    public void A_trial_that_failed_is_kept_too_and_not_tried_again()
    {
        using var folder = new OddsFolder("cardio");
        var store = new ResultStore(folder.Out(), "engine", sameEngine: false, TimeProvider.System, Assert.Fail);
        var runner = new TrialRunner(new CpuDevice(1), new DataFolder(folder.Data, CancellationToken.None), store, workers: 1);
        var trial = new Trial(new Cell(PaperDataset.Of("cardio"), null, s_hopeless, null), null, Seed: 3);
        TrialResult?[] results = runner.Find([trial]);
        Assert.That(results, Is.EqualTo(new TrialResult?[] { null }));

        var steps = new List<ProgressStep>();
        runner.Complete([trial], results, steps.Add, CancellationToken.None);
        TrialResult result = results[0]!;
        Assert.That((result.HasRounds, result.Engine), Is.EqualTo((false, "engine")));
        Assert.That(result.Alarms.Single(), Does.StartWith("maf on cardio, seed 3: ").And.Contain("is not finite"));
        Assert.That(steps[^1].Fraction, Is.EqualTo(1).Within(1e-12));

        TrialResult found = runner.Find([trial]).Single()!;
        Assert.That((found.Key, found.HasRounds), Is.EqualTo((result.Key, false)));
        Assert.That(found.Alarms, Is.EqualTo(result.Alarms));
    }

    [Test]
    public void Cancelling_stops_the_trials_that_train_and_keeps_those_that_are_done()
    {
        using var folder = new OddsFolder("cardio");
        var store = new ResultStore(folder.Out(), "engine", sameEngine: false, TimeProvider.System, Assert.Fail);
        var runner = new TrialRunner(new CpuDevice(1), new DataFolder(folder.Data, CancellationToken.None), store, workers: 1);
        var cell = new Cell(PaperDataset.Of("cardio"), null, SettledSettings.Of(BaseModel.OneClassSvdd, images: false), null);
        Trial[] trials = [.. Enumerable.Range(0, 20).Select(seed => new Trial(cell, null, (ulong)seed))];
        TrialResult?[] results = runner.Find(trials);
        using var cancellation = new CancellationTokenSource();
        Assert.That(
            () => runner.Complete(trials, results, CancelAfterTheFirst, cancellation.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(results.Select(result => result is not null), Is.EqualTo(trials.Select((_, i) => i == 0)));
        Assert.That(runner.Find(trials).Select(result => result?.Key), Is.EqualTo(results.Select(result => result?.Key)));

        void CancelAfterTheFirst(ProgressStep step)
        {
            if (results[0] is not null) cancellation.Cancel();
        }
    }
}
