using System.Diagnostics;
using IadNative.Iad;

namespace IadNative.Tests.Iad;

public sealed class ProgressMeterTests
{
    [Test]
    public void It_reports_the_first_epoch_and_then_at_most_ten_times_a_second()
    {
        var progress = new Reports();
        var meter = new ProgressMeter(progress, rounds: 1, epochs: 100_000);
        var watch = Stopwatch.StartNew();
        for (int epoch = 0; epoch < 100_000; epoch++) meter.EpochDone();
        Assert.That(progress.Fractions, Has.Count.InRange(1, 2 + (int)(10 * watch.Elapsed.TotalSeconds)));
        Assert.That(progress.Fractions[0], Is.EqualTo(1e-5).Within(1e-12));
        Assert.That(meter.Done, Is.EqualTo(100_000));
        int before = progress.Fractions.Count;
        meter.EndRound(new Dictionary<ulong, RoundReport>());
        Assert.That(progress.Fractions.Skip(before), Is.EqualTo(new[] { 1.0 }), "the end of a round always");
        meter.GoBack(50_000);
        Assert.That(meter.Done, Is.EqualTo(50_000));
    }

    private sealed class Reports : IProgress<TrainingProgress>
    {
        public List<double> Fractions { get; } = [];

        public void Report(TrainingProgress value) => Fractions.Add(value.Fraction);
    }
}
