using IadNative.Extensions.Hosting;
using IadNative.Tests.Detectors;
using Microsoft.Extensions.Logging;

namespace IadNative.Tests.Hosting;

/// <summary>A detector whose model file changes in all ways in which files change.</summary>
public sealed class ModelFileTests
{
    private static readonly byte[] s_first = ServedDetectors.First.Saved(), s_second = ServedDetectors.Second.Saved();

    [Test]
    public void A_file_that_changed_is_read_once_it_looked_the_same_twice()
    {
        using var served = new ServedFile();
        Assert.That(served.Serves(ServedDetectors.First), Is.True);
        ServedDetectors.Second.Save(served.Path);
        served.Look();
        Assert.That(served.Serves(ServedDetectors.First), Is.True, "it may still be written");
        served.Look();
        Assert.That(served.Serves(ServedDetectors.Second), Is.True);
        Assert.That(served.Detector.Status.Failure, Is.Null);
        Assert.That(served.Detector.Status.LoadedAt, Is.EqualTo(served.Time.GetUtcNow()));
        Assert.That(served.Logs.All.Select(line => line.Level), Is.All.EqualTo(LogLevel.Information).And.Exactly(2).Items);
    }

    [Test]
    public void While_it_changes_from_look_to_look_it_is_left_alone()
    {
        using var served = new ServedFile();
        for (int i = 0; i < 20; i++)
        {
            served.Write(i % 2 == 0 ? s_second : s_first);
            served.Look();
            Assert.That(served.Serves(ServedDetectors.First), Is.True);
        }

        served.Write(s_second);
        served.Look(2);
        Assert.That(served.Serves(ServedDetectors.Second), Is.True);
    }

    [Test]
    public void A_part_of_a_file_or_a_mixture_of_two_never_serves()
    {
        using var served = new ServedFile();
        AnomalyDetector before = served.Detector.Current!;
        for (int i = 0; i < 60; i++)
        {
            int cut = (int)((long)i * s_second.Length / 60);
            served.Write(i % 2 == 0 ? s_second[..cut] : [.. s_second[..cut], .. s_first[cut..]]);
            served.Look(2);
            Assert.That(served.Detector.Current, Is.SameAs(before), $"{cut} bytes of {s_second.Length}");
            Assert.That(served.Detector.TryScore(ServedDetectors.Row, out _), Is.True);
            bool isFirst = i % 2 == 1 && s_second.AsSpan(0, cut).SequenceEqual(s_first.AsSpan(0, cut));
            Assert.That(served.Detector.Status.Failure, isFirst ? Is.Null : Does.Contain("model.iad"));
        }

        served.Write(s_second);
        served.Look(2);
        Assert.That(served.Serves(ServedDetectors.Second), Is.True);
        Assert.That(served.Detector.Status.Failure, Is.Null);
        Assert.That(served.Logs.All, Has.Some.Matches<(LogLevel Level, string Text)>(
            line => line.Level == LogLevel.Warning && line.Text.Contains("'press'") && line.Text.Contains("model.iad")));
    }

    [Test]
    public void What_is_wrong_is_said_once_for_as_long_as_it_is_the_same()
    {
        using var served = new ServedFile();
        served.Write([1, 2, 3]);
        served.Look(50);
        Assert.That(served.Logs.All.Count(line => line.Level == LogLevel.Warning), Is.EqualTo(1));
        served.Write([4, 5, 6, 7]);
        served.Look(50);
        served.Write(s_first);
        served.Look(2);
        Assert.That(served.Detector.Status.Failure, Is.Null);
        Assert.That(served.Logs.All[^1], Is.EqualTo((LogLevel.Information, $"Anomaly detector 'press': {served.Path} is again what serves.")));
    }

    [Test]
    public void A_file_that_goes_away_leaves_its_model_and_comes_back()
    {
        using var served = new ServedFile();
        string aside = served.PathOf("aside");
        File.Move(served.Path, aside);
        served.Look(3);
        Assert.That(served.Serves(ServedDetectors.First), Is.True);
        Assert.That(served.Detector.Status.Failure, Does.Contain(served.Path).And.Contain("it is not there"));
        File.Move(aside, served.Path);
        served.Look(2);
        Assert.That(served.Detector.Status.Failure, Is.Null);
        File.Delete(served.Path);
        served.Look(3);
        served.Write(s_second);
        served.Look(2);
        Assert.That(served.Serves(ServedDetectors.Second), Is.True);
    }

    [Test]
    public void Another_file_that_is_renamed_over_it_serves_whatever_its_time()
    {
        using var served = new ServedFile();
        string other = served.PathOf("other");
        File.WriteAllBytes(other, s_second);
        File.SetLastWriteTimeUtc(other, new DateTime(2001, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        File.Move(other, served.Path, overwrite: true);
        served.Look(2);
        Assert.That(served.Serves(ServedDetectors.Second), Is.True);
    }

    [Test]
    [Platform(Exclude = "Win", Reason = "Links take a privilege there.")]
    public void A_link_in_the_midst_of_its_path_may_change_as_that_of_a_ConfigMap_does([Values] bool areTimesAlike)
    {
        // model.iad -> ..data/model.iad, ..data -> ..1; then ..data leads to ..2, between two looks.
        void Put(ServedFile served, string version, byte[] bytes)
        {
            Directory.CreateDirectory(served.PathOf(version));
            File.WriteAllBytes(served.PathOf(version, "model.iad"), bytes);
            int day = areTimesAlike ? 1 : version[^1] - '0';
            File.SetLastWriteTimeUtc(served.PathOf(version, "model.iad"), new DateTime(2026, 1, day, 0, 0, 0, DateTimeKind.Utc));
            File.Delete(served.PathOf("..data"));
            Directory.CreateSymbolicLink(served.PathOf("..data"), version);
        }

        using var served = new ServedFile(served =>
        {
            Put(served, "..1", s_first);
            File.CreateSymbolicLink(served.Path, Path.Combine("..data", "model.iad"));
        });
        Assert.That(served.Serves(ServedDetectors.First), Is.True);
        served.Look(5);
        Put(served, "..2", s_second);
        Directory.Delete(served.PathOf("..1"), recursive: true);
        served.Look(2);
        Assert.That(served.Serves(ServedDetectors.Second), Is.True);
        Put(served, "..3", s_first);
        served.Look(2);
        Assert.That(served.Serves(ServedDetectors.First), Is.True);
        File.Delete(served.PathOf("..data"));
        served.Look(2);
        Assert.That(served.Detector.Status.Failure, Does.Contain("it is not there"));
        Assert.That(served.Serves(ServedDetectors.First), Is.True);
    }

    [Test]
    [Platform(Exclude = "Win", Reason = "Links take a privilege there.")]
    public void Links_that_lead_in_a_circle_are_told_and_leave_the_model()
    {
        using var served = new ServedFile();
        File.Delete(served.Path);
        File.CreateSymbolicLink(served.Path, served.PathOf("other"));
        File.CreateSymbolicLink(served.PathOf("other"), "model.iad");
        served.Look(2);
        Assert.That(served.Detector.Status.Failure, Does.Contain("too many links"));
        Assert.That(served.Serves(ServedDetectors.First), Is.True);
    }

    [Test]
    public void A_file_that_cannot_be_read_for_a_while_is_again_what_serves()
    {
        using var served = new ServedFile();
        using (new FileStream(served.Path, FileMode.Open, FileAccess.Read, FileShare.None))
        {
            served.Look(3);
            Assert.That(served.Detector.Status.Failure, Does.Contain("model.iad"), "when it was read for the second time");
        }

        served.Look();
        Assert.That(served.Detector.Status.Failure, Is.Null);
        Assert.That(served.Logs.All[^1].Text, Does.EndWith("is again what serves."));
        Assert.That(served.Serves(ServedDetectors.First), Is.True);
    }

    [Test]
    public void A_change_within_the_resolution_of_the_file_s_time_is_noticed()
    {
        Assert.That(s_second, Has.Length.EqualTo(s_first.Length), "or it would be noticed by its length");
        using var served = new ServedFile();
        DateTime written = File.GetLastWriteTimeUtc(served.Path);
        File.WriteAllBytes(served.Path, s_second);
        File.SetLastWriteTimeUtc(served.Path, written);
        served.Look(3);
        Assert.That(served.Serves(ServedDetectors.Second), Is.True);
    }

    [Test]
    public void A_file_that_was_touched_and_not_changed_is_no_new_model()
    {
        using var served = new ServedFile();
        AnomalyDetector before = served.Detector.Current!;
        served.Write(s_first);
        served.Look(5);
        Assert.That(served.Detector.Current, Is.SameAs(before));
        Assert.That(served.Logs.All, Has.Length.EqualTo(1));
    }

    [Test]
    public void A_model_of_other_columns_is_refused_unless_it_is_allowed([Values] bool isAllowed)
    {
        using var served = new ServedFile(configure: options => options.AllowOtherColumns = isAllowed);
        ServedDetectors.Wider.Save(served.Path);
        served.Look(4);
        Assert.That(served.Serves(isAllowed ? ServedDetectors.Wider : ServedDetectors.First), Is.True);
        Assert.That(served.Detector.Status.Failure, isAllowed ? Is.Null : Does.Contain("7 columns, but the model that serves has 6"));
        if (isAllowed) return;
        Assert.That(served.Detector.TryReload(), Is.False, "asked for once more, it is refused once more");
        Assert.That(() => served.Detector.Replace(ServedDetectors.Wider), Throws.ArgumentException);
        Assert.That(served.Serves(ServedDetectors.First), Is.True);
    }

    [Test]
    public void A_model_that_the_program_puts_in_its_place_stays_until_the_file_changes()
    {
        using var served = new ServedFile();
        served.Detector.Replace(ServedDetectors.Second);
        served.Look(10);
        Assert.That(served.Detector.Current, Is.SameAs(ServedDetectors.Second));
        Assert.That(served.Detector.TryReload(), Is.True);
        Assert.That(served.Serves(ServedDetectors.First), Is.True);
    }

    [Test]
    public void Without_its_file_a_detector_starts_only_where_it_is_optional()
    {
        Assert.That(() => new ServedFile(_ => { }), Throws.InstanceOf<IOException>().With.Message.Contains("it is not there"));
        Assert.That(
            () => new ServedFile(served => File.WriteAllBytes(served.Path, s_first[..^1])), Throws.InstanceOf<ModelFormatException>().With.Message.Contains("model.iad"));
        using var served = new ServedFile(_ => { }, options => options.Optional = true);
        Assert.That(served.Detector.Current, Is.Null);
        Assert.That(served.Detector.Status, Is.EqualTo(new ModelStatus(null, served.Detector.Status.Failure)));
        Assert.That(served.Logs.All.Single().Level, Is.EqualTo(LogLevel.Error));
        Assert.That(served.Detector.TryScore(ServedDetectors.Row, out DetectorScore score), Is.False);
        Assert.That(score.Status, Is.EqualTo(ScoreStatus.NoModel));
        ServedDetectors.First.Save(served.Path);
        served.Look(2);
        Assert.That(served.Detector.TryScore(ServedDetectors.Row, out score), Is.True);
    }

    [Test]
    public void A_file_that_is_not_watched_is_read_when_it_is_asked_for()
    {
        using var served = new ServedFile(configure: options => options.Watch = false);
        Assert.That(served.Time.Timers, Is.Zero);
        ServedDetectors.Second.Save(served.Path);
        served.Look(10);
        Assert.That(served.Serves(ServedDetectors.First), Is.True);
        Assert.That(served.Detector.TryReload(), Is.True);
        Assert.That(served.Serves(ServedDetectors.Second), Is.True);
    }

    [Test]
    public void After_the_services_are_disposed_nothing_looks_any_more()
    {
        var served = new ServedFile();
        Assert.That(served.Time.Timers, Is.EqualTo(1));
        served.Dispose();
        Assert.That(served.Time.Timers, Is.Zero);
        int lines = served.Logs.All.Length;
        for (int i = 0; i < 3; i++) served.Time.Callback();
        Assert.That(served.Logs.All, Has.Length.EqualTo(lines), "nor does a look that came late");
    }

    [Test]
    public void The_services_are_disposed_once_a_look_that_is_under_way_is_done()
    {
        var served = new ServedFile();
        served.Write(s_second);
        using ManualResetEventSlim isLogging = new(), mayGoOn = new();
        served.Logs.Heard = _ =>
        {
            isLogging.Set();
            mayGoOn.Wait();
        };
        var looking = Task.Run(() => served.Look(2));
        isLogging.Wait();
        var disposing = Task.Run(served.Dispose);
        bool hasWaited = !disposing.Wait(TimeSpan.FromMilliseconds(200));
        mayGoOn.Set();
        Task.WaitAll(looking, disposing);
        Assert.That(hasWaited, Is.True);
    }
}
