using System.Globalization;
using IadNative.Messages;
using Spectre.Console;

namespace IadNative.Cli;

/// <summary>How far a job has come.</summary>
/// <param name="Fraction">Finished part, 0 to 1; null where nobody knows how much there is to do.</param>
/// <param name="Text">What is at work, in a few words.</param>
/// <param name="Milestone">True when a part of the job has just been finished.</param>
internal readonly record struct ProgressStep(double? Fraction, string Text, bool Milestone)
{
    /// <summary>Which of several jobs it belongs to that follow each other: part and times are those of one.</summary>
    public string Job { get; init; } = "";
}

/// <summary>
/// Shows progress on standard error: a live bar with the time left on a terminal; elsewhere plain lines, one a milestone
/// at most and no more than one in <see cref="LineInterval"/>.
/// </summary>
internal static class ProgressDisplay
{
    /// <summary>Shortest time between two plain lines.</summary>
    public static readonly TimeSpan LineInterval = TimeSpan.FromSeconds(5);

    /// <summary>Runs a job that reports its steps, from any thread.</summary>
    public static T Run<T>(Terminal terminal, TimeProvider clock, Func<Action<ProgressStep>, T> job)
    {
        Capabilities capabilities = terminal.Error.Profile.Capabilities;
        return capabilities.Ansi && capabilities.Interactive
            ? RunLive(terminal.Error, job)
            : RunPlain(terminal, clock, job);
    }

    private static T RunLive<T>(IAnsiConsole console, Func<Action<ProgressStep>, T> job) =>
        console.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(),
                new ElapsedTimeColumn(), new RemainingTimeColumn())
            .Start(context =>
            {
                ProgressTask task = context.AddTask("starting", maxValue: 1);
                string current = "";
                var gate = new Lock();
                return job(step =>
                {
                    lock (gate)
                    {
                        if (step.Job != current && current.Length > 0)
                        {
                            (task.IsIndeterminate, task.Value) = (false, 1);
                            task.StopTask();
                            task = context.AddTask("", maxValue: 1);
                        }

                        current = step.Job;
                        task.Description = Markup.Escape(ForeignText.Plain(step.Text));
                        task.IsIndeterminate = step.Fraction is null;
                        task.Value = step.Fraction ?? 0;
                    }
                });
            });

    private static T RunPlain<T>(Terminal terminal, TimeProvider clock, Func<Action<ProgressStep>, T> job)
    {
        long start = clock.GetTimestamp(), startOfJob = start;
        TimeSpan nextLine = LineInterval;
        string current = "";
        var gate = new Lock();
        return job(step =>
        {
            lock (gate)
            {
                long now = clock.GetTimestamp();
                if (step.Job != current && current.Length > 0) startOfJob = now;
                current = step.Job;
                TimeSpan elapsed = clock.GetElapsedTime(start, now);
                if (!step.Milestone || elapsed < nextLine) return;
                nextLine = elapsed + LineInterval;
                terminal.Say(Line(step, clock.GetElapsedTime(startOfJob, now)));
            }
        });
    }

    private static string Line(ProgressStep step, TimeSpan elapsed)
    {
        if (step.Fraction is null) return $"{step.Text}: {Durations.Format(elapsed)}";
        // Before the first millionth, nobody knows.
        string left = step.Fraction is > 1e-6 and <= 1
            ? $", about {Durations.Format(elapsed * ((1 - step.Fraction.Value) / step.Fraction.Value))} left"
            : "";
        return string.Create(CultureInfo.InvariantCulture,
            $"{step.Text}: {100 * step.Fraction:F0}% after {Durations.Format(elapsed)}{left}");
    }
}
