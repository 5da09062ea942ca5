using IadNative.Cli;

namespace IadNative.Tests.Cli;

internal sealed class ProgressDisplayTests
{
    [Test]
    public void Redirected_progress_is_plain_lines_at_milestones_and_not_too_many()
    {
        using var error = new StringWriter();
        var clock = new ManualClock();
        int result = ProgressDisplay.Run(new Terminal(TextWriter.Null, error), clock, report =>
        {
            for (int second = 1; second <= 20; second++)
            {
                clock.Advance(TimeSpan.FromSeconds(1));
                report(new ProgressStep(second / 40.0, $"round {second / 2} of 20", Milestone: second % 2 == 0));
            }

            return 42;
        });
        Assert.That(result, Is.EqualTo(42));
        Assert.That(error.ToString().Split(Environment.NewLine), Is.EqualTo(new[]
        {
            "round 3 of 20: 15% after 6.00 s, about 34 s left",
            "round 6 of 20: 30% after 12 s, about 28 s left",
            "round 9 of 20: 45% after 18 s, about 22 s left",
            "",
        }));
    }

    [Test]
    public void Jobs_that_follow_each_other_have_times_of_their_own_and_one_of_unknown_size_has_no_part()
    {
        using var error = new StringWriter();
        var clock = new ManualClock();
        ProgressDisplay.Run(new Terminal(TextWriter.Null, error), clock, report =>
        {
            for (int second = 1; second <= 7; second++) Report(null, $"reading, {second} rows", "reading");
            for (int second = 1; second <= 13; second++) Report(second / 20.0, "preparing", "preparing");
            return 0;

            void Report(double? fraction, string text, string job)
            {
                clock.Advance(TimeSpan.FromSeconds(1));
                report(new ProgressStep(fraction, text, Milestone: true) { Job = job });
            }
        });
        Assert.That(error.ToString().Split(Environment.NewLine), Is.EqualTo(new[]
        {
            "reading, 5 rows: 5.00 s",
            "preparing: 15% after 2.00 s, about 11 s left",
            "preparing: 40% after 7.00 s, about 10 s left",
            "preparing: 65% after 12 s, about 6.46 s left",
            "",
        }));
    }

    [Test]
    public void Lines_that_cannot_be_written_and_any_fraction_end_nothing_on_whatever_thread()
    {
        using var error = new BrokenWriter(1, BrokenWriter.Full);
        var clock = new ManualClock();
        double[] fractions = [0, double.Epsilon, 1e-18, 0.5, 1, double.NaN, double.PositiveInfinity];
        int reports = ProgressDisplay.Run(new Terminal(TextWriter.Null, error), clock, report =>
        {
            int done = 0;
            Thread[] threads = [.. fractions.Select(fraction => new Thread(() =>
            {
                // An exception here would end the process.
                for (int i = 0; i < 20; i++)
                {
                    clock.Advance(TimeSpan.FromHours(1));
                    report(new ProgressStep(fraction, "round", Milestone: true));
                    Interlocked.Increment(ref done);
                }
            }))];
            foreach (Thread thread in threads) thread.Start();
            foreach (Thread thread in threads) thread.Join();
            return done;
        });
        Assert.That(reports, Is.EqualTo(20 * fractions.Length));
        Assert.That(error.Writes, Is.GreaterThan(10));
    }

    [TestCase(0.42, "0.42 s")]
    [TestCase(9.999, "10 s")]
    [TestCase(59.4, "59 s")]
    [TestCase(59.9, "1 min 0 s")]
    [TestCase(185, "3 min 5 s")]
    [TestCase(7800, "2 h 10 min")]
    public void Durations_are_said_as_people_say_them(double seconds, string expected) =>
        Assert.That(Durations.Format(TimeSpan.FromSeconds(seconds)), Is.EqualTo(expected));

    private sealed class ManualClock : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Interlocked.Read(ref _ticks);

        public void Advance(TimeSpan time) => Interlocked.Add(ref _ticks, time.Ticks);
    }
}
