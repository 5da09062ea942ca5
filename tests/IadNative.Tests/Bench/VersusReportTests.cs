using System.Text.Json;
using IadNative.Bench;
using IadNative.Bench.Versus;

namespace IadNative.Tests.Bench;

/// <summary>What `versus` says of the rows that it measured: as JSON, whose fields are fixed, and as a page.</summary>
internal sealed class VersusReportTests
{
    private static readonly ResultRow s_row = new(
        "row-svdd", "one row SVDD", 4, "us per row, p50", 1, new Series("IadNative", true, [1, 2, 4]) { P99 = 5, Bytes = 0 },
        [
            new Series("wrong", false, [1, 1, 1]),
            new Series("slow", true, [20, 30, 40]),
            new Series("fast", true, [12, 10, 8]),
        ]);

    private static readonly Report s_report = new(
        new DateOnly(2026, 11, 5), "a command", "2 cores of a machine, vectors", 0.5, null,
        new Dictionary<string, string> { ["ONNX Runtime"] = "1.2.3" }, [s_row, s_row with { Threads = 2, Note = "a note" }]);

    [Test]
    public void The_best_peer_is_the_fastest_that_did_our_work()
    {
        Assert.That((s_row.Best.Name, s_row.Ratio), Is.EqualTo(("fast", 5.0)));
        Assert.That(s_row.Ratios, Is.EqualTo(new[] { 12.0, 5, 2 }));
        Assert.That((s_row with { Peers = [s_row.Peers[0]] }).Best.Matches, Is.False);
        Assert.That(Series.MedianOf([4, 1, 3, 2]), Is.EqualTo(2.5));
    }

    [Test]
    public void Json_has_the_fields_of_every_row()
    {
        using JsonDocument json = JsonDocument.Parse(ResultJson.Write(s_report));
        JsonElement root = json.RootElement;
        Assert.That(root.GetProperty("schema").GetString(), Is.EqualTo("iadnative.versus/1"));
        Assert.That(root.GetProperty("command").GetString(), Is.EqualTo("a command"));
        Assert.That(root.GetProperty("machine").GetString(), Is.EqualTo("2 cores of a machine, vectors"));
        Assert.That(root.GetProperty("date").GetString(), Is.EqualTo("2026-11-05"));
        Assert.That(root.GetProperty("versions").GetProperty("ONNX Runtime").GetString(), Is.EqualTo("1.2.3"));
        JsonElement[] rows = [.. root.GetProperty("rows").EnumerateArray()];
        Assert.That(rows, Has.Length.EqualTo(2));
        JsonElement row = rows[0];
        Assert.That(row.GetProperty("name").GetString(), Is.EqualTo("row-svdd"));
        Assert.That(row.GetProperty("ours").GetDouble(), Is.EqualTo(2));
        Assert.That(row.GetProperty("peer").GetDouble(), Is.EqualTo(10));
        Assert.That(row.GetProperty("peerName").GetString(), Is.EqualTo("fast"));
        Assert.That(row.GetProperty("ratio").GetDouble(), Is.EqualTo(5));
        Assert.That(row.GetProperty("unit").GetString(), Is.EqualTo("us per row, p50"));
        Assert.That(row.GetProperty("threads").GetInt32(), Is.EqualTo(1));
        Assert.That(row.GetProperty("lossMatch").GetBoolean(), Is.True);
        Assert.That((row.GetProperty("ratioMin").GetDouble(), row.GetProperty("ratioMax").GetDouble()), Is.EqualTo((2.0, 12.0)));
        Assert.That((row.GetProperty("goal").GetDouble(), row.GetProperty("repetitions").GetInt32()), Is.EqualTo((4.0, 3)));
        Assert.That(row.GetProperty("sides").EnumerateArray().Select(side => side.GetProperty("lossMatch").GetBoolean()),
            Is.EqualTo(new[] { true, false, true, true }));
        Assert.That(row.GetProperty("sides")[0].GetProperty("bytes").GetDouble(), Is.Zero);
        Assert.That(rows[1].GetProperty("threads").GetInt32(), Is.EqualTo(2));
    }

    [Test]
    public void A_page_is_what_the_readme_s_table_is_made_of_and_keeps_its_notes()
    {
        string path = Path.GetTempFileName();
        try
        {
            Assert.That(s_report.WritePage(path), Is.False, "no notes");
            string page = File.ReadAllText(path);
            Assert.That(page, Does.Contain("| row-svdd | 2 | slow | 30.0 us per row, p50 | 20.0 | 40.0 |").And.Contain("- row-svdd: a note"));
            string readme = "A\n<!-- From bench/results/cpu-*.md by `IadNative.Bench readme`. -->\n<!-- End. -->\n";
            Assert.That(
                ReadmeTable.Rewrite(readme, "cpu.md", page),
                Does.Contain("| one row SVDD | 2.00 us per row, p50 | 10.0, fast | 5.00x (2.00–12.0) |\n<!-- End. -->"));

            File.AppendAllText(path, "## Notes\n\nBy hand.\n");
            Assert.That(s_report.WritePage(path), Is.True, "notes that may be out of date");
            Assert.That(File.ReadAllText(path), Is.EqualTo($"{page}## Notes\n\nBy hand.\n"));
        }
        finally
        {
            File.Delete(path);
        }
    }
}
