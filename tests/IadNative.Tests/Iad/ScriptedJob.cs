using IadNative.Compute;
using IadNative.Data;
using IadNative.Iad;
using IadNative.Networks;
using IadNative.Probe;

namespace IadNative.Tests.Iad;

/// <summary>Algorithm 1 on a scripted device: ten samples, a small network, and all that the device saw.</summary>
internal sealed class ScriptedJob
{
    public const int Samples = 10;

    public static readonly bool[] Labels = [.. Enumerable.Range(0, Samples).Select(i => i >= 8)];

    public ScriptedJob(ScriptedDevice device, TrainingOptions options, ModelKind loss = ModelKind.OneClass,
        bool[]? labels = null, int pretrain = 0)
    {
        Device = device;
        Options = options;
        var random = new System.Random(1);
        var data = new Dataset("ten", [.. Enumerable.Range(0, 2 * Samples).Select(_ => random.NextSingle())], Samples,
            2, labels);
        Plan = new ModelPlan(
            loss.Model().Pretrained(pretrain), new NetworkSpec(3, 2) { Bias = true, Affine = true }, 2, options.Epochs!.Value);
        Trainer = new IadTrainer(device, Plan, data, FeatureScaler.Fit(data), options, new Collector(Progress));
    }

    public ScriptedDevice Device { get; }

    public TrainingOptions Options { get; }

    public ModelPlan Plan { get; }

    public IadTrainer Trainer { get; }

    public List<TrainingProgress> Progress { get; } = [];

    public IReadOnlyList<IadRun> Run() => Trainer.Train(CancellationToken.None);

    /// <summary>Different, finite, positive scores for each replica and round.</summary>
    public static float[] Scores(int replica, int round)
    {
        var random = new System.Random(1 + (1000 * replica) + round + 1);
        return [.. Enumerable.Range(0, Samples).Select(_ => 0.5f + random.NextSingle())];
    }

    private sealed class Collector(List<TrainingProgress> reports) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            lock (reports) reports.Add(value);
        }
    }
}
