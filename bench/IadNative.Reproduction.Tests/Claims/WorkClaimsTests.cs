using System.Diagnostics;
using System.Text.Json;
using IadNative.Fleet.Claims;
using IadNative.Tests.Cli;

namespace IadNative.Reproduction.Tests.Claims;

internal sealed class WorkClaimsTests
{
    private const string Trial = "svdd-cardio-seed0-0123";

    private static readonly ClaimOwner s_elsewhere = new("another machine", 4711, new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc));

    private TestFolder _folder = null!;
    private ManualClock _clock = null!;

    [SetUp]
    public void Start()
    {
        _folder = new TestFolder();
        _clock = new ManualClock();
    }

    [TearDown]
    public void Stop() => _folder.Dispose();

    [Test]
    public void A_trial_is_claimed_once_until_it_is_released()
    {
        WorkClaims one = Open(), other = Open();
        using (WorkClaim? claim = one.TryTake(Trial))
        {
            Assert.That(claim, Is.Not.Null);
            Assert.That(other.TryTake(Trial), Is.Null);
            Assert.That(one.TryTake(Trial), Is.Null);
            using WorkClaim? another = other.TryTake(Trial + "-figure5");
            Assert.That(another, Is.Not.Null, "another trial");
        }

        Assert.That(_folder.Files, Is.Empty);
        using WorkClaim? again = other.TryTake(Trial);
        Assert.That(again, Is.Not.Null);
    }

    [Test]
    public void A_claim_says_whose_it_is()
    {
        using WorkClaim claim = Open().TryTake(Trial)!;
        ClaimOwner owner = JsonSerializer.Deserialize(
            File.ReadAllText(_folder.File(_folder.Files.Single())), ClaimJsonContext.Default.ClaimOwner)!;
        Assert.That(owner, Is.EqualTo(ClaimOwner.Current));
        Assert.That(owner.Machine, Does.StartWith(Environment.MachineName));
        Assert.That(owner.Process, Is.EqualTo(Environment.ProcessId));
        Assert.That(owner.HasEnded, Is.False);
    }

    [Test]
    public void A_process_of_this_machine_that_has_ended_frees_its_trial_at_once()
    {
        using Process ended = ProgramProcess.Start("IadNative.Reproduction", "--version");
        DateTime started = ended.StartTime.ToUniversalTime();
        ended.WaitForExit();
        Write(1, ClaimOwner.Current with { Process = ended.Id, Started = started });
        using WorkClaim? claim = Open().TryTake(Trial);
        Assert.That(claim, Is.Not.Null);
        Assert.That(_folder.Files, Is.EqualTo(new[] { $"{Trial}.2.claim" }), "the void claim is cleared away");
    }

    [Test]
    public void A_later_process_of_the_same_number_is_another_one()
    {
        Write(1, ClaimOwner.Current with { Started = ClaimOwner.Current.Started.AddHours(-3) });
        using WorkClaim? claim = Open().TryTake(Trial);
        Assert.That(claim, Is.Not.Null);
    }

    [Test]
    public void A_claim_of_another_machine_is_void_when_it_was_seen_untouched_for_two_minutes()
    {
        Write(1, s_elsewhere);
        WorkClaims claims = Open();
        Assert.That(claims.TryTake(Trial), Is.Null);
        _clock.Advance(WorkClaims.StaleAfter - TimeSpan.FromSeconds(1));
        Assert.That(claims.TryTake(Trial), Is.Null);
        Assert.That(Open().TryTake(Trial), Is.Null, "who comes later has not waited yet");
        _clock.Advance(TimeSpan.FromSeconds(1));
        using WorkClaim? claim = claims.TryTake(Trial);
        Assert.That(claim, Is.Not.Null);
    }

    [Test]
    public void A_claim_that_is_touched_is_held_whatever_the_other_machines_clock_says()
    {
        string file = Write(1, s_elsewhere);
        WorkClaims claims = Open();
        var touched = new DateTime(1999, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        for (int i = 0; i < 10; i++)
        {
            File.SetLastWriteTimeUtc(file, touched.AddSeconds(20 * i));
            Assert.That(claims.TryTake(Trial), Is.Null);
            _clock.Advance(WorkClaims.StaleAfter - TimeSpan.FromSeconds(1));
        }
    }

    [Test]
    public void A_claim_is_renewed_in_time_and_no_more_when_it_is_released()
    {
        WorkClaim claim = Open().TryTake(Trial)!;
        string file = _folder.File(_folder.Files.Single());
        DateTime before = File.GetLastWriteTimeUtc(file);
        for (TimeSpan time = default; time < 3 * WorkClaims.StaleAfter; time += WorkClaims.RenewEvery)
        {
            _clock.Advance(WorkClaims.RenewEvery);
            DateTime now = File.GetLastWriteTimeUtc(file);
            Assert.That(now, Is.Not.EqualTo(before));
            before = now;
        }

        Assert.That(WorkClaims.RenewEvery, Is.LessThanOrEqualTo(WorkClaims.StaleAfter / 4));
        claim.Dispose();
        File.WriteAllText(file, "");
        before = File.GetLastWriteTimeUtc(file);
        _clock.Advance(WorkClaims.StaleAfter);
        Assert.That(File.GetLastWriteTimeUtc(file), Is.EqualTo(before));
    }

    [Test]
    public void A_claim_that_was_cut_off_goes_stale()
    {
        File.WriteAllText(PathOf(1), "{ \"machine\": \"ano");
        WorkClaims claims = Open();
        Assert.That(claims.TryTake(Trial), Is.Null);
        _clock.Advance(WorkClaims.StaleAfter);
        using WorkClaim? claim = claims.TryTake(Trial);
        Assert.That(claim, Is.Not.Null);
    }

    [Test]
    public void What_is_no_file_is_no_claim()
    {
        Directory.CreateDirectory(Path.Combine(PathOf(1), "full"));
        if (!OperatingSystem.IsWindows())
        {
            File.CreateSymbolicLink(PathOf(2), "nowhere");
            File.CreateSymbolicLink(PathOf(3), Path.GetFileName(PathOf(3)));
            File.CreateSymbolicLink(PathOf(4), "/dev/zero");
        }

        using WorkClaim? claim = Open().TryTake(Trial);
        Assert.That(claim, Is.Not.Null);
        Assert.That(Directory.Exists(Path.Combine(PathOf(1), "full")), Is.True, "nothing that is not ours is deleted");
        Assert.That(Open().TryTake(Trial), Is.Null);
    }

    [Test]
    public void A_pipe_and_a_file_that_is_too_large_go_stale()
    {
        if (OperatingSystem.IsWindows()) File.WriteAllText(PathOf(1), "");
        else ResultStoreTests.MakePipe(PathOf(1));
        using (FileStream large = File.Create(PathOf(2))) large.SetLength(1L << 34);
        WorkClaims claims = Open();
        Assert.That(claims.TryTake(Trial), Is.Null);
        _clock.Advance(WorkClaims.StaleAfter);
        // One after the other is looked at.
        Assert.That(claims.TryTake(Trial), Is.Null);
        _clock.Advance(WorkClaims.StaleAfter);
        using WorkClaim? claim = claims.TryTake(Trial);
        Assert.That(claim, Is.Not.Null);
    }

    [TestCase("0")]
    [TestCase("-1")]
    [TestCase("2147483647")]
    [TestCase("99999999999999999999")]
    [TestCase("x")]
    public void A_number_that_no_claim_has_keeps_nobody_from_one(string number)
    {
        File.WriteAllText(_folder.File($"{Trial}.{number}.claim"), "");
        using WorkClaim? claim = Open().TryTake(Trial);
        Assert.That(claim, Is.Not.Null);
        Assert.That(Open().TryTake(Trial), Is.Null);
    }

    [TestCase("{ \"machine\": null, \"process\": 1, \"started\": \"2026-01-01T00:00:00Z\" }")]
    [TestCase("{ \"machine\": \"MACHINE\", \"process\": 99999999999, \"started\": \"2026-01-01T00:00:00Z\" }")]
    [TestCase("{ \"machine\": \"MACHINE\", \"process\": 1, \"started\": \"9999-99-99\" }")]
    [TestCase("{}")]
    [TestCase("[]")]
    public void A_claim_that_does_not_say_whose_it_is_goes_stale(string text)
    {
        File.WriteAllText(PathOf(1), text.Replace("MACHINE", ClaimOwner.Current.Machine, StringComparison.Ordinal));
        WorkClaims claims = Open();
        Assert.That(claims.TryTake(Trial), Is.Null);
        _clock.Advance(WorkClaims.StaleAfter);
        using WorkClaim? claim = claims.TryTake(Trial);
        Assert.That(claim, Is.Not.Null);
    }

    [TestCase(-1)]
    [TestCase(0)]
    [TestCase(int.MaxValue)]
    public void A_process_that_cannot_be_has_ended(int process)
    {
        Write(1, ClaimOwner.Current with { Process = process, Started = DateTime.MaxValue });
        using WorkClaim? claim = Open().TryTake(Trial);
        Assert.That(claim, Is.Not.Null);
    }

    [Test]
    public void Of_all_who_take_over_a_void_claim_one_has_it()
    {
        for (int i = 0; i < 50; i++)
        {
            string trial = $"{Trial}-{i}";
            File.WriteAllText(PathOf(1, trial), JsonSerializer.Serialize(
                ClaimOwner.Current with { Started = DateTime.UnixEpoch }, ClaimJsonContext.Default.ClaimOwner));
            WorkClaims[] all = [.. Enumerable.Range(0, 4).Select(_ => Open())];
            var taken = new WorkClaim?[all.Length];
            using var start = new Barrier(all.Length);
            Thread[] threads = [.. all.Select((claims, place) => new Thread(() =>
            {
                start.SignalAndWait();
                taken[place] = claims.TryTake(trial);
            }))];
            foreach (Thread thread in threads) thread.Start();
            foreach (Thread thread in threads) thread.Join();
            Assert.That(taken.Count(claim => claim is not null), Is.LessThanOrEqualTo(1));
            foreach (WorkClaim? claim in taken) claim?.Dispose();
            using WorkClaim? last = Open().TryTake(trial);
            Assert.That(last, Is.Not.Null, "nothing is left behind");
        }
    }

    private WorkClaims Open() => new(_folder.File(""), _clock);

    private string PathOf(int number, string trial = Trial) => _folder.File($"{trial}.{number}.claim");

    private string Write(int number, ClaimOwner owner)
    {
        File.WriteAllText(PathOf(number), JsonSerializer.Serialize(owner, ClaimJsonContext.Default.ClaimOwner));
        return PathOf(number);
    }
}
