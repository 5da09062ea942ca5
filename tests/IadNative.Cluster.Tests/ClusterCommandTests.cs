using System.Diagnostics;
using System.Globalization;
using System.Text;
using IadNative.Cli;
using IadNative.Fleet.PostgreSql;
using IadNative.Tests.Cli;

namespace IadNative.Cluster.Tests;

/// <summary><c>iad cluster</c>, and <c>iad fleet</c> with <c>--cluster</c>: what a folder gives, a cluster gives.</summary>
[Category("Cluster")]
[NonParallelizable]
public sealed class ClusterCommandTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(4);

    private static readonly string[] s_quick = ["--by", "sensor", "--label", "label", "--model", "svdd", "--network", "4-2", "--rounds", "1", "--epochs", "2"];

    private PostgresServer _server = null!;
    private TestFolder _folder = null!;
    private NodeProcess? _node;

    [SetUp]
    public void StartServer()
    {
        _folder = new TestFolder();
        _server = new PostgresServer();
    }

    [TearDown]
    public void StopAll()
    {
        if (TestContext.CurrentContext.Result.Outcome.Status == NUnit.Framework.Interfaces.TestStatus.Failed) TestContext.Out.WriteLine(_node?.Printed);
        StopNode();
        _server?.Dispose();
        _folder?.Dispose();
    }

    [Test]
    public void A_cluster_gives_the_results_and_scores_that_a_folder_gives()
    {
        Init();
        string data = Write("data.csv", lonely: false), fleet = _folder.File("fleet");
        string id = Submit(data, "--seeds", "3", "--name", "=press");
        Assert.That(id, Does.Match("^[0-9a-f]{16}$"));
        CliRun before = OfFleet("status", id);
        Assert.That((before.Code, Words(before.Out)), Is.EqualTo((ExitCodes.Unfinished, "parts 3 fits 9 done 0 failed 0 missing 9")), before.Err);
        Assert.That(OfFleet("results", id).Out, Does.Contain("missing"));
        StartNode();
        UntilStatus(id, ExitCodes.Success);

        Assert.That(CliRun.Of(["fleet", "fit", data, .. s_quick, "--seeds", "3", "--out", fleet]).Code, Is.Zero);
        Assert.That(WithoutSeconds(OfFleet("results", id).Out), Is.EqualTo(WithoutSeconds(CliRun.Of("fleet", "results", fleet).Out)));
        string[] scoring = ["--by", "sensor", "--label", "label", "--seed", "2", "--out"];
        CliRun score = OfFleet("score", [id, data, .. scoring, _folder.File("cluster.csv")]);
        Assert.That(score.Code, Is.Zero, score.Err);
        Assert.That(CliRun.Of(["fleet", "score", fleet, data, .. scoring, _folder.File("folder.csv")]).Code, Is.Zero);
        Assert.That(File.ReadAllBytes(_folder.File("cluster.csv")), Is.EqualTo(File.ReadAllBytes(_folder.File("folder.csv"))));

        // The same plan is the same fleet, and there is nothing to do; this waits.
        CliRun again = CliRun.Of(["fleet", "fit", data, .. s_quick, "--seeds", "3", "--cluster", _server.ConnectionString]);
        Assert.That((again.Code, again.Out), Is.EqualTo((ExitCodes.Success, "")), again.Err);
        Assert.That(again.Err, Does.Contain($"Submitted as fleet {id}.").And.Contain("9 fits: 9 done, 0 failed."));
        CliRun cancel = OfFleet("cancel", id);
        Assert.That((cancel.Code, cancel.Err), Is.EqualTo((ExitCodes.BadInput, $"error: the fleet {id} is ended, so that there is nothing to cancel.\n")));
        UntilListed($"{id},ended,9,9,0,");
    }

    [Test]
    public void A_part_that_cannot_be_fitted_fails_says_why_and_is_tried_again()
    {
        Init();
        string data = Write("data.csv", lonely: true);
        StartNode();
        CliRun fit = CliRun.Of(["fleet", "fit", data, .. s_quick, "--cluster", _server.ConnectionString]);
        Assert.That(fit.Code, Is.EqualTo(ExitCodes.Failed), fit.Err);
        Assert.That(fit.Err, Does.Contain("4 fits: 3 done, 1 failed.").And.Match("1 fit\\(s\\) failed. 'iad fleet results [0-9a-f]{16} --cluster CONNECTION' says why"));
        string id = Lines(CliRun.Of("cluster", "fleets", "--cluster", _server.ConnectionString).Out)[1].Split(',')[0];
        Assert.That(OfFleet("status", id).Code, Is.EqualTo(ExitCodes.Failed));
        Assert.That(Lines(OfFleet("results", id).Out).Single(line => line.Contains("lonely", StringComparison.Ordinal)), Does.Match(@"^\d,lonely,.*,failed,,,,,[^,]*,,.+$"));

        StopNode();
        CliRun retry = OfFleet("retry", id);
        Assert.That((retry.Code, retry.Err), Is.EqualTo((ExitCodes.Success, "1 failure(s) forgotten; nodes try them again.\n")));
        CliRun open = OfFleet("status", id);
        Assert.That((open.Code, Words(open.Out)), Is.EqualTo((ExitCodes.Unfinished, "parts 4 fits 4 done 3 failed 0 missing 1")));
        StartNode();
        UntilStatus(id, ExitCodes.Failed);
        UntilListed($"{id},ended,4,3,1,");
        StopNode();
        Assert.That(OfFleet("retry", id).Code, Is.Zero);
        CliRun none = OfFleet("retry", id);
        Assert.That((none.Code, none.Err), Is.EqualTo((ExitCodes.Success, "There is no failure.\n")));
    }

    [Test]
    public void What_is_cancelled_is_listed_so_and_goes_on_when_it_is_submitted_again()
    {
        Init();
        string data = Write("data.csv", lonely: false), id = Submit(data), list = $"{id},open,3,0,0,";
        Assert.That(Listed(), Does.StartWith(list).And.EndsWith($",{data}"));
        Assert.That(OfFleet("cancel", id).Code, Is.Zero);
        Assert.That(Listed(), Does.StartWith($"{id},cancelled,3,0,0,"));
        CliRun status = OfFleet("status", id);
        Assert.That((status.Code, status.Err), Is.EqualTo((ExitCodes.Unfinished, "note: it is cancelled; submitting it again goes on.\n")));
        Assert.That(OfFleet("cancel", id), Has.Property("Code").EqualTo(ExitCodes.BadInput).And.Property("Err").Contains("is cancelled, so that there is nothing to cancel"));
        Assert.That(Submit(data), Is.EqualTo(id));
        Assert.That(Listed(), Does.StartWith(list));

        // Who waits and is stopped leaves it to the cluster.
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        CliRun wait = CliRun.Of(stop.Token, ["fleet", "fit", data, .. s_quick, "--cluster", _server.ConnectionString]);
        Assert.That(wait.Code, Is.EqualTo(ExitCodes.Cancelled), wait.Err);
        Assert.That(wait.Err, Does.Contain($"the cluster goes on; 'iad fleet status {id} --cluster CONNECTION' says how far it is"));
        Assert.That(Listed(), Does.StartWith(list));
    }

    [Test]
    public void What_is_wrong_with_a_cluster_is_said()
    {
        string data = Write("data.csv", lonely: false), nowhere = $"Host=127.0.0.1;Port={PostgresServer.FreePort().ToString(CultureInfo.InvariantCulture)};Timeout=2";
        string[] ofFleet = ["status", "results", "retry", "cancel"];
        string[][] commands =
        [
            ["cluster", "fleets"], ["fleet", "fit", data, .. s_quick, "--detach"], .. ofFleet.Select(name => (string[])["fleet", name, "0123456789abcdef"]),
            ["fleet", "score", "0123456789abcdef", data, "--by", "sensor"],
        ];
        foreach (string[] command in (string[][])[.. commands, ["cluster", "init"]])
        {
            Expect(ExitCodes.BadInput, "--cluster: ", [.. command, "--cluster", "no=thing"]);
            Expect(ExitCodes.BadInput, "--cluster", [.. command, "--cluster", ""]);
            Expect(ExitCodes.Failed, "The database failed: ", [.. command, "--cluster", nowhere]);
        }

        foreach (string[] command in commands) Expect(ExitCodes.Failed, "Make them with 'iad cluster init'", [.. command, "--cluster", _server.ConnectionString]);
        Init();
        Init();
        foreach (string name in ofFleet)
            Expect(ExitCodes.BadInput, "the cluster knows no fleet '0123456789abcdef'; 'iad cluster fleets", "fleet", name, "0123456789abcdef", "--cluster", _server.ConnectionString);
        Expect(ExitCodes.BadInput, "the cluster knows no fleet", "fleet", "score", "none", data, "--by", "sensor", "--cluster", _server.ConnectionString);
        foreach (string[] other in (string[][])[["--out", _folder.File("fleet")], ["--workers", "2"], ["--shard", "0/2"]])
            Expect(ExitCodes.BadInput, $"leave {other[0]} away", ["fleet", "fit", data, .. s_quick, "--cluster", _server.ConnectionString, .. other]);
        Expect(ExitCodes.BadInput, "--cluster needs SOURCES", "fleet", "fit", "--cluster", _server.ConnectionString);
        Expect(ExitCodes.BadInput, "--name and --detach are for --cluster", ["fleet", "fit", data, .. s_quick, "--out", _folder.File("fleet"), "--detach"]);
        Expect(ExitCodes.BadInput, "--cluster", "cluster", "init");
        Assert.That(Lines(CliRun.Of("cluster", "fleets", "--cluster", _server.ConnectionString).Out), Has.Length.EqualTo(1), "nothing was submitted");
    }

    private static void Expect(int code, string message, params string[] args)
    {
        CliRun run = CliRun.Of(args);
        string line = string.Join(' ', args);
        Assert.That(run.Code, Is.EqualTo(code), $"{line}\n{run.Err}");
        Assert.That(run.Err, Does.Contain(message).And.Not.Contain("   at "), line);
        Assert.That(run.Out, Is.Empty, line);
    }

    private void Init()
    {
        CliRun init = CliRun.Of("cluster", "init", "--cluster", _server.ConnectionString);
        Assert.That((init.Code, init.Err), Is.EqualTo((ExitCodes.Success, "The tables are there.\n")));
    }

    private string Submit(string data, params string[] more)
    {
        CliRun run = CliRun.Of(["fleet", "fit", data, .. s_quick, .. more, "--cluster", _server.ConnectionString, "--detach"]);
        Assert.That(run.Code, Is.Zero, run.Err);
        return Lines(run.Out).Single();
    }

    private CliRun OfFleet(string name, params string[] args) => CliRun.Of(["fleet", name, .. args, "--cluster", _server.ConnectionString]);

    private string Listed() => Lines(CliRun.Of("cluster", "fleets", "--cluster", _server.ConnectionString).Out)[1];

    private void StartNode() => _node = new NodeProcess(_server.ConnectionString);

    private void StopNode()
    {
        _node?.Dispose();
        _node = null;
    }

    private void UntilStatus(string id, int code) => Until(() => OfFleet("status", id).Code == code);

    // Results are there some moments before the fleet is marked as ended.
    private void UntilListed(string start) => Until(() => Listed().StartsWith(start, StringComparison.Ordinal));

    private void Until(Func<bool> isSo)
    {
        long start = Stopwatch.GetTimestamp();
        while (!isSo())
        {
            Assert.That(_node!.HasEnded, Is.False, "the node");
            if (Stopwatch.GetElapsedTime(start) > s_patience) Assert.Fail($"{Listed()} after {s_patience}.");
            Thread.Sleep(200);
        }
    }

    private string Write(string name, bool lonely)
    {
        var random = new System.Random(4);
        var text = new StringBuilder("sensor,a,b,label\n");
        for (int row = 0; row < 120; row++)
        {
            int shift = row % 10 == 3 ? 4 : 0;
            text.Append(CultureInfo.InvariantCulture, $"{"abc"[row % 3]},{random.NextDouble() + shift:F4},{random.NextDouble() + shift:F4},{shift / 4}\n");
        }

        if (lonely) text.Append("lonely,1,2,0\n");
        File.WriteAllText(_folder.File(name), text.ToString());
        return _folder.File(name);
    }

    private static string[] WithoutSeconds(string results) => [.. Lines(results).Select(line =>
    {
        string[] cells = line.Split(',');
        cells[9] = "";
        return string.Join(',', cells);
    })];

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static string Words(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
