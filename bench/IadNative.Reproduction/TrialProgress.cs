using System.Globalization;
using IadNative.Iad;

namespace IadNative.Reproduction;

/// <summary>Sums up how far trials are that train side by side.</summary>
/// <param name="work">Each trial's share of the whole work, in any unit.</param>
/// <param name="report">Receives the sum.</param>
internal sealed class TrialProgress(double[] work, Action<ProgressStep> report)
{
    private readonly double _total = work.Sum();
    private readonly double[] _done = new double[work.Length];
    private readonly Lock _gate = new();

    /// <summary>Takes the progress of one trial.</summary>
    public IProgress<TrainingProgress> Of(int trial, string description) => new Part(this, trial, description);

    /// <summary>A trial is done.</summary>
    public void Finish(int trial, string description) => Set(trial, 1, description, milestone: true);

    /// <summary>Nothing is left to do but what other processes do.</summary>
    public void Wait(int trials)
    {
        lock (_gate)
        {
            string text = trials == 1 ? "waiting for a training of another process"
                : string.Create(CultureInfo.InvariantCulture, $"waiting for {trials} trainings of other processes");
            report(new ProgressStep(_done.Sum() / _total, text, Milestone: true));
        }
    }

    private void Set(int trial, double fraction, string description, bool milestone)
    {
        lock (_gate)
        {
            _done[trial] = fraction * work[trial];
            report(new ProgressStep(_done.Sum() / _total, description, milestone));
        }
    }

    private sealed class Part(TrialProgress whole, int trial, string description) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) =>
            whole.Set(trial, value.Fraction, description, milestone: value.Completed.Count > 0);
    }
}
