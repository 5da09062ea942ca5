using IadNative.Fleet.PostgreSql;
using IadNative.Orleans;
using Npgsql;

namespace IadNative.Cluster.Tests;

/// <summary>When a node takes itself for cut off from the database: not because that is slow, or refuses, or because of one look.</summary>
public sealed class CutOffJudgeTests
{
    [Test]
    public void A_node_is_cut_off_when_others_reach_the_database_after_each_of_three_looks_and_a_fourth_one_fails()
    {
        var judge = new CutOffJudge(() => Seconds(12));
        Assert.That(judge.Failed(Seconds(5)), Is.EqualTo(CutOffJudge.Verdict.Wait));
        Assert.That(judge.Failed(Seconds(11)), Is.EqualTo(CutOffJudge.Verdict.Wait));
        foreach (int since in (int[])[17, 23, 29]) FailAndHear(judge, since, true, true, false);
        Assert.That(judge.Failed(Seconds(35)), Is.EqualTo(CutOffJudge.Verdict.CutOff));
    }

    [Test]
    public void A_look_that_reaches_the_database_has_all_begin_again()
    {
        var judge = new CutOffJudge(() => Seconds(12));
        foreach (int since in (int[])[17, 23, 29]) FailAndHear(judge, since, true);
        judge.Reached();
        Assert.That(judge.Failed(Seconds(5)), Is.EqualTo(CutOffJudge.Verdict.Wait));
        FailAndHear(judge, 17, true);
        Assert.That(judge.Failed(Seconds(23)), Is.EqualTo(CutOffJudge.Verdict.Ask));
    }

    [Test]
    public void No_node_is_cut_off_where_most_of_those_that_answer_do_not_reach_it_or_none_answers()
    {
        var judge = new CutOffJudge(() => Seconds(12));
        for (int since = 17; since < 200; since += 6) FailAndHear(judge, since, true, false, false);
        for (int since = 200; since < 300; since += 6) FailAndHear(judge, since, true, false, null);
        for (int since = 300; since < 400; since += 6) FailAndHear(judge, since, null, null, null);
        for (int since = 400; since < 500; since += 6) FailAndHear(judge, since);
        // Every other time is not often enough.
        for (int since = 500; since < 600; since += 18)
        {
            FailAndHear(judge, since, true);
            FailAndHear(judge, since + 6, true);
            FailAndHear(judge, since + 12, true, false);
        }

        foreach (int since in (int[])[600, 606, 612]) FailAndHear(judge, since, true, null, null);
        Assert.That(judge.Failed(Seconds(618)), Is.EqualTo(CutOffJudge.Verdict.CutOff));
    }

    [Test]
    public void Patience_is_another_one_each_time_that_looks_begin_to_fail()
    {
        int drawn = 0;
        var judge = new CutOffJudge(() => Seconds(10 * ++drawn));
        Assert.That(judge.Failed(Seconds(9)), Is.EqualTo(CutOffJudge.Verdict.Wait));
        Assert.That(judge.Failed(Seconds(11)), Is.EqualTo(CutOffJudge.Verdict.Ask));
        judge.Reached();
        Assert.That(judge.Failed(Seconds(11)), Is.EqualTo(CutOffJudge.Verdict.Wait));
        Assert.That(judge.Failed(Seconds(21)), Is.EqualTo(CutOffJudge.Verdict.Ask));
    }

    [Test]
    public void A_few_others_are_asked_by_turns([Values(0, 1, 2, 3, 4, 7, 100)] int count)
    {
        var judge = new CutOffJudge(() => Seconds(12));
        int[] others = [.. Enumerable.Range(0, count)];
        var asked = new List<int>();
        for (int i = 0; i < count; i++)
        {
            int[] next = judge.Next(others);
            Assert.That(next, Is.Unique.And.Length.EqualTo(Math.Min(CutOffJudge.Asked, count)));
            asked.AddRange(next);
        }

        // After as many times as there are others, each as often as any other.
        Assert.That(asked.CountBy(other => other).Select(other => other.Value), Is.All.EqualTo(Math.Min(CutOffJudge.Asked, count)));
        Assert.That(asked.Distinct().Count(), Is.EqualTo(count));
        // There may be fewer the next time.
        Assert.That(judge.Next(others[..(count / 2)]), Has.Length.EqualTo(Math.Min(CutOffJudge.Asked, count / 2)));
    }

    [Test]
    [Category("Cluster")]
    public async Task A_database_that_refuses_or_is_slow_has_answered_and_one_that_is_silent_or_gone_has_not()
    {
        using var server = new PostgresServer();
        await using var fleets = new PostgreSqlFleets(server.ConnectionString);
        Assert.That(CutOffJudge.IsAnswer(await FailureAsync(fleets)), Is.True, "no tables");
        await fleets.CreateTablesAsync();
        await using (var nobody = new PostgreSqlFleets($"{server.ConnectionString};Username=nobody"))
            Assert.That(CutOffJudge.IsAnswer(await FailureAsync(nobody)), Is.True, "refused");

        await using (NpgsqlDataSource source = NpgsqlDataSource.Create(server.ConnectionString))
        await using (NpgsqlConnection connection = await source.OpenConnectionAsync())
        await using (NpgsqlTransaction transaction = await connection.BeginTransactionAsync())
        {
            await using var command = new NpgsqlCommand("lock table iad.fleet in access exclusive mode", connection, transaction);
            await command.ExecuteNonQueryAsync();
            Assert.That(CutOffJudge.IsAnswer(await FailureAsync(fleets)), Is.True, "slow");
        }

        using (var link = new DatabaseLink(server.Port))
        {
            await using var cutOff = new PostgreSqlFleets(server.At("127.0.0.1", link.Port));
            await cutOff.OpenAsync();
            link.Set(isUp: false);
            Assert.That(CutOffJudge.IsAnswer(await FailureAsync(cutOff)), Is.False, "silent where a connection is");
            Assert.That(CutOffJudge.IsAnswer(await FailureAsync(cutOff)), Is.False, "silent where none is");
        }

        await using var gone = new PostgreSqlFleets(server.At("127.0.0.1", PostgresServer.FreePort()));
        Assert.That(CutOffJudge.IsAnswer(await FailureAsync(gone)), Is.False, "gone");
    }

    private static async Task<Exception> FailureAsync(PostgreSqlFleets fleets)
    {
        using var late = new CancellationTokenSource(Seconds(2));
        try
        {
            await fleets.OpenAsync(late.Token);
        }
        catch (Exception exception)
        {
            return exception;
        }

        throw new AssertionException("The database was reached.");
    }

    private static void FailAndHear(CutOffJudge judge, int since, params bool?[] answers)
    {
        Assert.That(judge.Failed(Seconds(since)), Is.EqualTo(CutOffJudge.Verdict.Ask), $"after {since} s");
        judge.Hear(answers);
    }

    private static TimeSpan Seconds(int count) => TimeSpan.FromSeconds(count);
}
