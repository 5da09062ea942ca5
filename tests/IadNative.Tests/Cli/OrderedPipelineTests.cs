using IadNative.Cli;

namespace IadNative.Tests.Cli;

/// <summary>Items on their way through threads, which come out in their order.</summary>
public sealed class OrderedPipelineTests
{
    [Test]
    public void Items_are_taken_in_order_and_few_are_made([Values(1, 2, 5)] int threads, [Values(1, 3, 7)] int capacity)
    {
        int made = 0, filled = 0;
        var taken = new List<int>();
        var pipeline = new OrderedPipeline<int[]>(capacity, () => [Interlocked.Increment(ref made)], item => (item[0] = filled++) < 500, (item, _) =>
        {
            if (item[0] % 7 == 0) Thread.Yield();
            item[0] *= 10;
        });
        pipeline.Run(threads, item => taken.Add(item[0]), CancellationToken.None);
        Assert.That(taken, Is.EqualTo(Enumerable.Range(0, 500).Select(i => 10 * i)));
        Assert.That(made, Is.LessThanOrEqualTo(Math.Max(1, capacity)));
        Assert.That(pipeline.IsFilling, Is.False);
    }

    [Test]
    public void What_came_before_a_failure_of_the_source_is_taken([Values(1, 3)] int threads)
    {
        int filled = 0;
        var taken = new List<int>();
        var pipeline = new OrderedPipeline<int[]>(
            4, () => new int[1], item => (item[0] = filled++) < 10 ? true : throw new DataFormatException("bad"), (_, _) => { });
        Assert.That(() => pipeline.Run(threads, item => taken.Add(item[0]), CancellationToken.None), Throws.TypeOf<DataFormatException>());
        Assert.That(taken, Is.EqualTo(Enumerable.Range(0, 10)));
    }

    [Test]
    public void An_item_that_cannot_be_made_ends_it_like_any_failure([Values(1, 3)] int threads)
    {
        int made = 0, taken = 0;
        var pipeline = new OrderedPipeline<int[]>(
            3, () => threads > 1 && made++ < 2 ? new int[1] : throw new InvalidOperationException("no room"), _ => true, (_, _) => { });
        Assert.That(() => pipeline.Run(threads, _ => taken++, CancellationToken.None), Throws.InvalidOperationException.With.Message.EqualTo("no room"));
        Assert.That((taken, pipeline.IsFilling), Is.EqualTo((threads > 1 ? 2 : 0, false)));
    }

    [Test]
    public void All_before_the_first_failure_of_work_is_taken_and_nothing_behind_it([Values(1, 2, 8)] int threads)
    {
        int filled = 0;
        var taken = new List<int>();
        using var begun = new CountdownEvent(4);
        var pipeline = new OrderedPipeline<int[]>(12, () => new int[1], item => (item[0] = filled++) < 40, (item, _) =>
        {
            if (item[0] is < 7 or > 10) return;

            // Where there are threads for it, all four are begun before one of them fails, and the last of them fail first.
            if (threads == 8)
            {
                begun.Signal();
                if (!begun.Wait(TimeSpan.FromMinutes(1))) throw new TimeoutException();
            }

            if (item[0] > 8) throw new InvalidOperationException($"work {item[0]}");
            Thread.Sleep(50);
            if (item[0] == 8) throw new InvalidOperationException("work 8");
        });
        Assert.That(() => pipeline.Run(threads, item => taken.Add(item[0]), CancellationToken.None),
            Throws.InvalidOperationException.With.Message.EqualTo("work 8"));
        Assert.That(taken, Is.EqualTo(Enumerable.Range(0, 8)));
    }

    [Test]
    public void A_failure_of_work_or_of_taking_ends_all([Values(1, 3)] int threads)
    {
        Assert.That(() => Endless((item, _) => throw new InvalidOperationException("work")).Run(threads, _ => { }, CancellationToken.None),
            Throws.InvalidOperationException);
        Assert.That(() => Endless((_, _) => { }).Run(threads, _ => throw new IOException("take"), CancellationToken.None), Throws.TypeOf<IOException>());
    }

    [Test]
    public void Cancelling_ends_it_even_while_the_source_waits()
    {
        using var stop = new CancellationTokenSource();
        using var silence = new ManualResetEventSlim();
        var pipeline = new OrderedPipeline<int[]>(3, () => new int[1], _ => silence.Wait(Timeout.Infinite) && false, (_, _) => { });
        stop.CancelAfter(100);
        Assert.That(() => pipeline.Run(2, _ => { }, stop.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(pipeline.IsFilling);
        silence.Set();
    }

    private static OrderedPipeline<int[]> Endless(Action<int[], int> work) => new(3, () => new int[1], _ => true, work);
}
