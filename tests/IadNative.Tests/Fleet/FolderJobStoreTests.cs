using IadNative.Fleet;
using IadNative.Tests.Cli;

namespace IadNative.Tests.Fleet;

internal sealed class FolderJobStoreTests
{
    private static readonly string s_key = Digest.Of("key");

    [Test]
    public async Task A_result_is_kept_once_and_comes_back_as_it_was()
    {
        using var folder = new TestFolder();
        var store = new FolderJobStore(folder.File("r"));
        JobResult result = Result("model");
        Assert.That(await store.FindAsync(s_key), Is.Null);
        Assert.That(await store.TryAddAsync(result), Is.EqualTo(new AddOutcome(IsStored: true)));
        Assert.That(await store.TryAddAsync(result), Is.EqualTo(new AddOutcome(IsStored: false)));
        JobResult read = (await store.FindAsync(s_key))!;
        Assert.That(JobResultFile.Write(read), Is.EqualTo(JobResultFile.Write(result)));
        Assert.That((read.Engine, read.Seconds, read.Detector!.Auc, read.Detector.Flagged), Is.EqualTo(("engine", 1.5, 0.75, 3)));
        Assert.That(Directory.GetFiles(folder.File("r"), "*", SearchOption.AllDirectories).Single(), Is.EqualTo(
            Path.Combine(folder.File("r"), s_key[..2], s_key[2..4], s_key + ".result")));
    }

    [Test]
    public async Task A_second_result_of_the_same_engine_that_differs_is_an_alarm_and_the_first_stays()
    {
        using var folder = new TestFolder();
        var store = new FolderJobStore(folder.File("r"));
        await store.TryAddAsync(Result("model"));
        AddOutcome outcome = await store.TryAddAsync(Result("other"));
        Assert.That(outcome, Is.EqualTo(new AddOutcome(false, new DigestAlarm(s_key, "engine", Digest.Of("model"), Digest.Of("other")))));
        Assert.That((await store.TryAddAsync(Result("other") with { Engine = "another" })).Alarm, Is.Null, "engines may differ in their last bits");
        Assert.That((await store.FindAsync(s_key))!.Detector!.Digest, Is.EqualTo(Digest.Of("model")));
    }

    [Test]
    public async Task Damage_does_not_count_is_noted_once_and_is_replaced()
    {
        using var folder = new TestFolder();
        var notes = new List<string>();
        var store = new FolderJobStore(folder.File("r"), notes.Add);
        byte[] content = JobResultFile.Write(Result("model"));
        await store.TryAddAsync(Result("model"));
        string path = Directory.GetFiles(folder.File("r"), "*", SearchOption.AllDirectories).Single();
        for (int i = 0; i <= content.Length; i++)
        {
            byte[] damaged = i == content.Length ? [] : [.. content];
            if (damaged.Length > 0) damaged[i] ^= 4;
            File.WriteAllBytes(path, damaged);
            Assert.That(await store.FindAsync(s_key), Is.Null, $"byte {i}");
        }

        Assert.That(notes, Has.Count.EqualTo(1));
        Assert.That(notes[0], Does.Contain(path).And.Contain("is done again"));
        Assert.That(await store.StatesAsync([s_key]), Is.EqualTo(new[] { JobState.Missing }));
        Assert.That((await store.TryAddAsync(Result("model"))).IsStored, Is.True);
        Assert.That(await store.StatesAsync([s_key, Digest.Of("none")]), Is.EqualTo(new[] { JobState.Done, JobState.Missing }));
        File.Copy(path, path.Replace(s_key + ".result", "x"));
        string other = Digest.Of("other");
        Directory.CreateDirectory(Path.Combine(folder.File("r"), other[..2], other[2..4]));
        File.Copy(path, Path.Combine(folder.File("r"), other[..2], other[2..4], other + ".result"));
        Assert.That(await store.FindAsync(other), Is.Null, "the result of another job");
    }

    [Test]
    public async Task Failures_are_results_that_can_be_removed_and_detectors_are_not()
    {
        using var folder = new TestFolder();
        var store = new FolderJobStore(folder.File("r"));
        await store.TryAddAsync(Result("") with { Detector = null, Failure = new JobFailure("no rows", 3) });
        Assert.That(await store.StatesAsync([s_key]), Is.EqualTo(new[] { JobState.Failed }));
        Assert.That((await store.FindAsync(s_key))!.Failure, Is.EqualTo(new JobFailure("no rows", 3)));
        Assert.That(await store.RemoveFailureAsync(s_key), Is.True);
        await store.TryAddAsync(Result("model"));
        Assert.That(await store.RemoveFailureAsync(s_key), Is.False);
        Assert.That(await store.StatesAsync([s_key]), Is.EqualTo(new[] { JobState.Done }));
    }

    [Test]
    public async Task What_is_taken_away_and_is_to_be_kept_is_put_back()
    {
        using var folder = new TestFolder();
        string path = folder.File("x");
        File.WriteAllText(path, "detector");
        Assert.That(SharedFile.TryTake(path, content => content.Length == 8), Is.True);
        Assert.That(File.ReadAllText(path), Is.EqualTo("detector"));
        bool isKept = SharedFile.TryTake(path, content =>
        {
            // Meanwhile another has stored one.
            File.WriteAllText(path, "another");
            return true;
        });
        Assert.That((isKept, File.ReadAllText(path)), Is.EqualTo((true, "another")));
        Assert.That((SharedFile.TryTake(path, _ => false), File.Exists(path), SharedFile.TryTake(path, _ => true)), Is.EqualTo((false, false, false)));
        Assert.That(Directory.GetFiles(folder.File(".")), Is.Empty);
        await Task.CompletedTask;
    }

    [Test]
    [Platform("Linux")]
    [CancelAfter(30_000)]
    public async Task A_pipe_in_the_place_of_a_result_is_damage(CancellationToken timeout)
    {
        using var folder = new TestFolder();
        var store = new FolderJobStore(folder.File("r"));
        await store.TryAddAsync(Result("model"), timeout);
        string path = Directory.GetFiles(folder.File("r"), "*", SearchOption.AllDirectories).Single();
        File.Delete(path);
        using (var make = System.Diagnostics.Process.Start("mkfifo", path)) await make.WaitForExitAsync(timeout);
        Assert.That(await store.FindAsync(s_key, timeout).WaitAsync(timeout), Is.Null);
        Assert.That((await store.TryAddAsync(Result("model"), timeout).WaitAsync(timeout)).IsStored, Is.True);
        Assert.That((await store.FindAsync(s_key, timeout))!.Detector!.Digest, Is.EqualTo(Digest.Of("model")));
    }

    [Test]
    public void Of_8_who_replace_damage_at_once_a_whole_one_stays()
    {
        using var folder = new TestFolder();
        const int threads = 8, keys = 40;
        int[] stored = new int[keys];
        for (int i = 0; i < keys; i++)
        {
            string key = Digest.Of($"{i}"), place = Path.Combine(folder.File("r"), key[..2], key[2..4]);
            Directory.CreateDirectory(place);
            File.WriteAllText(Path.Combine(place, key + ".result"), "damage");
        }

        // As many are at one result as there are processes that have found it damaged; they arrive together.
        using var start = new Barrier(threads);
        Thread[] all = [.. Enumerable.Range(0, threads).Select(thread => new Thread(() =>
        {
            var store = new FolderJobStore(folder.File("r"));
            for (int i = 0; i < keys; i++)
            {
                JobResult result = Result($"model {thread}") with { Key = Digest.Of($"{i}") };
                start.SignalAndWait();
                if (store.TryAddAsync(result).GetAwaiter().GetResult().IsStored) Interlocked.Increment(ref stored[i]);
            }
        }))];
        foreach (Thread thread in all) thread.Start();
        foreach (Thread thread in all) thread.Join();
        Assert.That(stored, Is.All.GreaterThanOrEqualTo(1));
        var kept = new FolderJobStore(folder.File("r"));
        Assert.That(Enumerable.Range(0, keys).Select(i => kept.FindAsync(Digest.Of($"{i}")).GetAwaiter().GetResult()), Is.All.Not.Null);
        Assert.That(Directory.GetFiles(folder.File("r"), "*", SearchOption.AllDirectories), Has.Length.EqualTo(keys), "nothing is left beside");
    }

    [Test]
    public void Of_8_who_add_at_once_one_is_told_that_it_did_each_time()
    {
        using var folder = new TestFolder();
        const int threads = 8, keys = 60;
        int[] stored = new int[keys];
        using var start = new Barrier(threads);
        Thread[] all = [.. Enumerable.Range(0, threads).Select(thread => new Thread(() =>
        {
            var store = new FolderJobStore(folder.File("r"));
            for (int i = 0; i < keys; i++)
            {
                JobResult result = Result($"model {thread}") with { Key = Digest.Of($"{i}") };
                start.SignalAndWait();
                if (store.TryAddAsync(result).GetAwaiter().GetResult().IsStored) Interlocked.Increment(ref stored[i]);
            }
        }))];
        foreach (Thread thread in all) thread.Start();
        foreach (Thread thread in all) thread.Join();
        Assert.That(stored, Is.All.EqualTo(1));
        Assert.That(Directory.GetFiles(folder.File("r"), "*", SearchOption.AllDirectories), Has.Length.EqualTo(keys), "no file is left half written");
    }

    private static JobResult Result(string model) => new()
    {
        Key = s_key,
        Engine = "engine",
        Seconds = 1.5,
        Detector = new FittedDetector
        {
            Model = System.Text.Encoding.UTF8.GetBytes(model), Digest = Digest.Of(model), Auc = 0.75, Rounds = 6, Threshold = 1.25f, Flagged = 3,
            Alarms = ["an alarm"],
        },
    };
}
