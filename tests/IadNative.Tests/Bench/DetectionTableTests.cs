using IadNative.Bench.Detection;

namespace IadNative.Tests.Bench;

/// <summary>The arithmetic by which detectors are compared.</summary>
internal sealed class DetectionTableTests
{
    private static readonly DetectionRow[] s_rows =
    [
        Row("a", "ours", 0, 90), Row("a", "ours", 1, 92), Row("a", "IF", 0, 91), Row("a", "HBOS", 0, 80),
        Row("B", "ours", 0, 70), Row("B", "ours", 1, null), Row("B", "IF", 0, 65), Row("B", "HBOS", 0, 61),
        Row("c", "ours", 0, 55), Row("c", "IF", 0, 58), Row("c", "HBOS", 0, 56.5),
        Row("d", "ours", 0, 99), Row("d", "IF", 0, 10),
    ];

    [Test]
    public void Equal_values_share_the_mean_of_their_ranks()
    {
        Assert.That(DetectionTable.Ranks([3, 1, 2]), Is.EqualTo(new[] { 1.0, 3, 2 }));
        Assert.That(DetectionTable.Ranks([5, 7, 5, 1, 5]), Is.EqualTo(new[] { 3.0, 1, 3, 5, 3 }));
        Assert.That(DetectionTable.Ranks([4, 4]), Is.EqualTo(new[] { 1.5, 1.5 }));
        Assert.That(DetectionTable.Ranks([4]), Is.EqualTo(new[] { 1.0 }));
    }

    [Test]
    public void Ranks_sum_to_what_they_sum_to_without_ties([Values(1, 2, 7, 31)] int count)
    {
        var random = new System.Random(count);
        double[] values = [.. Enumerable.Range(0, count).Select(_ => (double)random.Next(5))];
        Assert.That(DetectionTable.Ranks(values).Sum(), Is.EqualTo(count * (count + 1) / 2.0));
    }

    [Test]
    public void A_set_counts_once_whatever_its_seeds_and_a_failed_fit_as_chance()
    {
        var table = new DetectionTable(s_rows, ["ours", "IF", "HBOS"]);
        Assert.That(table["a", "ours"], Is.EqualTo(91));
        Assert.That(table["B", "ours"], Is.EqualTo(60));
        Assert.That(table["d", "HBOS"], Is.Null);
        Assert.That(table.Mean("ours", _ => true), Is.EqualTo((91 + 60 + 55) / 3.0).Within(1e-12));
        Assert.That(table.Mean("IF", set => set != "a"), Is.EqualTo((65 + 58) / 2.0));
        Assert.That(table.Mean("IF", _ => false), Is.NaN);
    }

    [Test]
    public void Means_and_ranks_are_over_the_sets_that_every_detector_has()
    {
        var table = new DetectionTable(s_rows, ["ours", "IF", "HBOS"]);
        Assert.That((table.Sets, table.Incomplete), Is.EqualTo((new[] { "a", "B", "c" }, new[] { "d" })));

        // a: a tie at 91 of ours and IF. B: ours last. c: ours last.
        Assert.That(table.MeanRank("ours"), Is.EqualTo((1.5 + 3 + 3) / 3).Within(1e-12));
        Assert.That(table.MeanRank("IF"), Is.EqualTo((1.5 + 1 + 1) / 3).Within(1e-12));
        Assert.That(table.MeanRank("HBOS"), Is.EqualTo((3 + 2 + 2) / 3.0).Within(1e-12));
        DetectionTable two = table.Among(["ours", "IF"]);
        Assert.That(two.Sets, Is.EqualTo(table.Sets));
        Assert.That(two.MeanRank("ours"), Is.EqualTo((1.5 + 2 + 2) / 3).Within(1e-12));
    }

    [Test]
    public void Differences_within_the_margin_are_none()
    {
        var table = new DetectionTable(s_rows, ["ours", "IF", "HBOS"]);
        Assert.That(table.Above("IF", "ours", 1), Is.EqualTo(new[] { ("B", 5.0), ("c", 3.0) }));
        Assert.That(table.Above("IF", "ours", 3), Is.EqualTo(new[] { ("B", 5.0) }));
        Assert.That(table.Above("ours", "HBOS", 1), Is.EqualTo(new[] { ("a", 11.0) }));
        Assert.That(table.Above("ours", "IF", 0), Is.Empty);
    }

    [Test]
    public void A_page_names_losses_and_keeps_its_other_sections()
    {
        DetectionRow[] ours = [.. s_rows.Where(row => row.Detector == "ours").Select(row => row with { Distinct = 7, Members = 3, Neutral = 1 })];
        string section = DetectionPage.Write(ours, [.. s_rows.Where(row => row.Detector != "ours")], ["ours"]);
        Assert.That(section, Does.Contain("| B | 60.0 | **65.0** | 61.0 |"));
        Assert.That(section, Does.Contain("| a | **91.0** | **91.0** | 80.0 |"));
        Assert.That(section, Does.Contain("| **mean of all 3** | 68.7 | **71.3** | 65.8 |"));
        Assert.That(section, Does.Contain("| **mean rank among 3** | 2.50 | 1.17 | 2.33 |"));
        Assert.That(section, Does.Contain("`ours` is more than 1 point below Isolation Forest on 2 sets: B −5.0, c −3.0;\nmore than 1 above it on no set."));
        Assert.That(section, Does.Contain("Not every detector has been fitted on d:"));
        Assert.That(section, Does.Contain("wins and loses by more than 1 point: IF 0/2, HBOS 1/1."));
        Assert.That(section, Does.Contain("| 7 | 5 of 15 | 1 of 5 |"));

        string page = DetectionPage.Rewrite("# Title\n\n## Before\n\ntext\n", section);
        Assert.That(page, Is.EqualTo("# Title\n\n## Before\n\ntext\n\n" + section));
        string longer = page + "\n## After\n\nmore\n";
        Assert.That(DetectionPage.Rewrite(longer, section), Is.EqualTo(longer));
        Assert.That(DetectionPage.Rewrite(longer, DetectionPage.Heading + "\n\nnew\n"),
            Is.EqualTo($"# Title\n\n## Before\n\ntext\n\n{DetectionPage.Heading}\n\nnew\n\n## After\n\nmore\n"));
    }

    [Test]
    public void A_row_is_read_as_it_was_written()
    {
        DetectionRow full = new("satimage-2", "svdd", 3, 98.7654, 1.25)
        {
            Untrained = 50.5, Base = 60, Round = 4, Members = 136, Neutral = 2, Distinct = 1000,
        };
        var failed = new DetectionRow("glass", "maf", 0, null, 0.5);
        Assert.That(DetectionRow.Parse($"{DetectionRow.Header}\n{full.ToCsv()}\n{failed.ToCsv()}\n"), Is.EqualTo(new[] { full, failed }));
        Assert.That(DetectionRow.Parse("set,detector,seed,auc,seconds\nALOI,kNN-5,0,61.7000,2.5\n"),
            Is.EqualTo(new[] { new DetectionRow("ALOI", "kNN-5", 0, 61.7, 2.5) }));
        Assert.That(() => DetectionRow.Parse("set,detector,seed,auc,seconds\nALOI,kNN-5,0\n"), Throws.InstanceOf<FormatException>());
        Assert.That(DetectionRow.Parse(""), Is.Empty);
    }

    private static DetectionRow Row(string set, string detector, ulong seed, double? auc) => new(set, detector, seed, auc, 1);
}
