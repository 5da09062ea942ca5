using IadNative.Compute.Cpu;

namespace IadNative.Tests.Compute.Cpu;

public sealed class ThreadTeamTests
{
    [Test]
    public void Every_item_is_done_once_whatever_the_team(
        [Values(1, 2, 3, 8)] int size, [Values(1, 4, 16)] int granule, [Values(1, 15, 16, 17, 100, 257)] int length)
    {
        using var team = new ThreadTeam(size, smallestShare: 1);
        var work = new Recorder(length, granule);
        for (int run = 0; run < 50; run++)
        {
            work.Start(size);
            team.Share(work, run, length, granule, cost: long.MaxValue);
            Assert.That(work.Done, Has.All.EqualTo(1), $"run {run}");
            Assert.That(work.Faults, Is.Empty, $"run {run}");
            Assert.That(work.Phases, Has.All.EqualTo(run));
        }
    }

    [Test]
    public void Work_that_is_worth_one_thread_stays_with_the_caller()
    {
        using var team = new ThreadTeam(4);
        int thread = 0, parts = 0;
        team.Share(
            new Work((_, _, _) =>
            {
                thread = Environment.CurrentManagedThreadId;
                parts++;
            }),
            0, 1000, 1, (2 * ThreadTeam.SmallestShare) - 1);
        Assert.That((thread, parts), Is.EqualTo((Environment.CurrentManagedThreadId, 1)));
    }

    [Test]
    public void Parts_run_side_by_side()
    {
        using var team = new ThreadTeam(3, smallestShare: 1);
        using var meeting = new Barrier(3);
        int late = 0;
        team.Share(
            new Work((_, _, _) =>
            {
                if (!meeting.SignalAndWait(TimeSpan.FromSeconds(30))) Interlocked.Increment(ref late);
            }),
            0, 3, 1, long.MaxValue);
        Assert.That(late, Is.Zero);
    }

    [Test]
    public void Helpers_that_fell_asleep_come_back()
    {
        using var team = new ThreadTeam(2, smallestShare: 1);
        for (int run = 0; run < 3; run++)
        {
            using var meeting = new Barrier(2);
            bool met = true;
            team.Share(
                new Work((_, _, _) => met &= meeting.SignalAndWait(TimeSpan.FromSeconds(30))), 0, 2, 1, long.MaxValue);
            Assert.That(met);
            Thread.Sleep(50);
        }
    }

    [Test]
    public void What_a_part_throws_reaches_the_caller_and_the_team_goes_on()
    {
        using var team = new ThreadTeam(3, smallestShare: 1);
        for (int run = 0; run < 20; run++)
        {
            var fault = new Work((_, first, _) =>
            {
                if (first == 2) throw new InvalidDataException("part two");
            });
            Assert.That(() => team.Share(fault, 0, 3, 1, long.MaxValue), Throws.InstanceOf<InvalidDataException>());
            int done = 0;
            team.Share(new Work((_, first, end) => Interlocked.Add(ref done, end - first)), 0, 3, 1, long.MaxValue);
            Assert.That(done, Is.EqualTo(3));
        }
    }

    [Test]
    public void Sharing_allocates_nothing_once_the_helpers_have_started()
    {
        using var team = new ThreadTeam(2, smallestShare: 1);
        var work = new Work((_, _, _) => { });
        Assert.That(Allocations.Of(() => team.Share(work, 0, 100, 1, long.MaxValue)), Is.Zero);
    }

    [Test]
    public void A_team_without_members_is_refused() =>
        Assert.That(() => new ThreadTeam(0), Throws.InstanceOf<ArgumentOutOfRangeException>());

    private sealed class Work(Action<int, int, int> part) : ITeamWork
    {
        public void Part(int phase, int first, int end, int member) => part(phase, first, end);
    }

    private sealed class Recorder(int length, int granule) : ITeamWork
    {
        private int _size;

        public int[] Done { get; } = new int[length];

        public int[] Phases { get; } = new int[length];

        public System.Collections.Concurrent.ConcurrentQueue<string> Faults { get; } = [];

        public void Start(int size)
        {
            _size = size;
            Array.Clear(Done);
        }

        public void Part(int phase, int first, int end, int member)
        {
            if (first % granule != 0 || (end % granule != 0 && end != length)) Faults.Enqueue($"cut at {first} to {end}");
            if (member < 0 || member >= _size) Faults.Enqueue($"member {member}");
            for (int i = first; i < end; i++)
            {
                Interlocked.Increment(ref Done[i]);
                Phases[i] = phase;
            }
        }
    }
}
