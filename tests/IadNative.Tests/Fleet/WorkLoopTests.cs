using System.Collections.Concurrent;
using IadNative.Fleet;

namespace IadNative.Tests.Fleet;

/// <summary>Numbered work that several workers do, beside others who may be at it, too.</summary>
[CancelAfter(60_000)]
internal sealed class WorkLoopTests
{
    [Test]
    public async Task All_is_done_once_by_workers_that_are_one_at_a_time(CancellationToken timeout)
    {
        const int workers = 4;
        var done = new ConcurrentBag<long>();
        int[] busy = new int[workers];
        await new WorkLoop(workers, async (worker, number, stop) =>
        {
            Assert.That(Interlocked.Increment(ref busy[worker]), Is.EqualTo(1));
            await Task.Yield();
            done.Add(number);
            Interlocked.Decrement(ref busy[worker]);
            return true;
        }).RunAsync(Numbers(1000), timeout);
        Assert.That(done.Order(), Is.EqualTo(Enumerable.Range(0, 1000)));
    }

    [Test]
    public async Task Numbers_are_asked_for_as_they_are_taken(CancellationToken timeout)
    {
        int asked = 0, done = 0;
        await new WorkLoop(1, (_, _, _) =>
        {
            Assert.That(asked, Is.EqualTo(++done));
            return Task.FromResult(true);
        }).RunAsync(Counted(), timeout);
        Assert.That((asked, done), Is.EqualTo((100, 100)));

        async IAsyncEnumerable<long> Counted()
        {
            for (; asked < 100; await Task.Yield()) yield return asked++;
        }
    }

    [Test]
    public async Task What_another_has_claimed_is_tried_again_when_all_else_is_done_and_waited_for(CancellationToken timeout)
    {
        var tries = new List<long>();
        var waits = new List<int>();
        var loop = new WorkLoop(1, (_, number, _) =>
        {
            tries.Add(number);
            // 1 and 3 are another's, who has done 1 while it is waited for, and 3 after that.
            return Task.FromResult(number % 2 == 0 || waits.Count > (number == 1 ? 0 : 1));
        })
        {
            Waits = waits.Add,
        };
        await loop.RunAsync(Numbers(5), timeout);
        Assert.That(tries[..5], Is.EqualTo(new[] { 0, 1, 2, 3, 4 }));
        Assert.That(tries[5..].Distinct(), Is.EquivalentTo(new[] { 1, 3 }));
        Assert.That(tries[^1], Is.EqualTo(3));
        Assert.That(waits, Is.EqualTo(new[] { 2, 1 }), "so many were another's");
    }

    [Test]
    public void The_first_failure_stops_the_others_and_is_what_is_told(CancellationToken timeout)
    {
        int begun = 0;
        var loop = new WorkLoop(3, async (_, number, stop) =>
        {
            Interlocked.Increment(ref begun);
            if (number == 2) throw new IOException("the disk");
            await Task.Delay(Timeout.Infinite, stop);
            return true;
        });
        Assert.That(() => loop.RunAsync(Numbers(100), timeout), Throws.TypeOf<IOException>().With.Message.EqualTo("the disk"));
        Assert.That(begun, Is.EqualTo(3));
    }

    [Test]
    public void A_source_that_fails_stops_all(CancellationToken timeout)
    {
        var loop = new WorkLoop(2, async (_, _, stop) =>
        {
            await Task.Delay(Timeout.Infinite, stop);
            return true;
        });
        Assert.That(() => loop.RunAsync(Failing(), timeout), Throws.TypeOf<IOException>().With.Message.EqualTo("the store"));

        static async IAsyncEnumerable<long> Failing()
        {
            yield return 0;
            await Task.Yield();
            throw new IOException("the store");
        }
    }

    [Test]
    public void Cancelling_is_what_is_told_whatever_fails_because_of_it(CancellationToken timeout)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(timeout);
        var loop = new WorkLoop(2, async (_, number, stopped) =>
        {
            if (number == 1) await stop.CancelAsync();
            await Task.Delay(Timeout.Infinite, stopped).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            throw new IOException("its file was gone");
        });
        Assert.That(() => loop.RunAsync(Numbers(10), stop.Token), Throws.InstanceOf<OperationCanceledException>());
    }

    private static IAsyncEnumerable<long> Numbers(int count) => Enumerable.Range(0, count).Select(number => (long)number).ToAsyncEnumerable();
}
