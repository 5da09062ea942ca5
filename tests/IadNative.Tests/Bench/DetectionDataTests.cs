using IadNative.Bench.Detection;

namespace IadNative.Tests.Bench;

/// <summary>Which rows, seeds and sizes are measured.</summary>
internal sealed class DetectionDataTests
{
    // What bench/baselines/sets.py chooses of the same labels.
    [Test]
    public void The_rows_of_a_cut_are_those_of_the_baselines()
    {
        bool[] labels = [.. Enumerable.Range(0, 100).Select(row => row % 7 == 3)];
        Assert.That(RowCut.Choose(labels, 20),
            Is.EqualTo(new[] { 3, 10, 18, 20, 21, 33, 40, 41, 48, 49, 57, 61, 62, 65, 66, 68, 82, 83, 88, 99 }));
        Assert.That(RowCut.Hash(0), Is.EqualTo(0xE220A8397B1DCDAF));
        Assert.That(RowCut.Hash(2), Is.EqualTo(0x975835DE1C9756CE));
    }

    [Test]
    public void A_cut_keeps_the_share_of_anomalies([Values(5, 37, 99)] int most, [Values(2, 7, 50)] int period)
    {
        bool[] labels = [.. Enumerable.Range(0, 100).Select(row => row % period == 0)];
        int[] rows = RowCut.Choose(labels, most);
        Assert.That(rows, Is.Ordered.And.Unique.And.Length.EqualTo(most));
        double wanted = (double)most * labels.Count(label => label) / labels.Length;
        Assert.That(rows.Count(row => labels[row]), Is.EqualTo(wanted).Within(0.5));
    }

    [Test]
    public void A_set_that_is_no_larger_stays_whole([Values(4, 5)] int most) =>
        Assert.That(RowCut.Choose([true, false, false, true], most), Is.EqualTo(new[] { 0, 1, 2, 3 }));

    [TestCase("aloi", "1_ALOI.npz", 10_000, 27, 304)]
    [TestCase("magic", "22_magic.gamma.npz", 10_000, 10, 3516)]
    [TestCase("shuttle", "32_shuttle.npz", 10_000, 9, 715)]
    [TestCase("fault", "12_fault.npz", 1941, 27, 673)]
    public void Sets_have_the_size_that_they_have_for_the_baselines(string _, string file, int rows, int columns, int anomalies)
    {
        Dataset data = new DevelopmentSet("set", TestData.InDataFolder(Path.Combine("adbench", file)), IsOdds: false).Read();
        Assert.That((data.Rows, data.Columns, data.Anomalies), Is.EqualTo((rows, columns, anomalies)));
    }

    [Test]
    public void There_are_twenty_five_sets_with_names_of_their_own()
    {
        string folder = Path.GetDirectoryName(Path.GetDirectoryName(TestData.Odds("cardio.mat")))!;
        TestData.InDataFolder(Path.Combine("adbench", "1_ALOI.npz"));
        IReadOnlyList<DevelopmentSet> sets = DevelopmentSet.All(folder);
        Assert.That((sets.Count, sets.Count(set => set.IsOdds)), Is.EqualTo((25, 5)));
        Assert.That(sets.Select(set => set.Name), Is.Unique.And.SupersetOf(new[] { "satimage-2", "magic.gamma", "fault", "ALOI" }));
        Assert.That(() => DevelopmentSet.All(Path.Combine(folder, "nowhere")), Throws.InstanceOf<FormatException>());
    }

    [Test]
    public void Seeds_are_a_number_or_a_range()
    {
        Assert.That(new CommandArguments(["--seeds", "3"], "--seeds").Seeds("--seeds", 1), Is.EqualTo(new ulong[] { 0, 1, 2 }));
        Assert.That(new CommandArguments(["--seeds", "5-7"], "--seeds").Seeds("--seeds", 1), Is.EqualTo(new ulong[] { 5, 6, 7 }));
        Assert.That(new CommandArguments([], "--seeds").Seeds("--seeds", 1), Is.EqualTo(new ulong[] { 0 }));
        foreach (string wrong in (string[])["0", "7-5", "1-2-3", "x", "-1", ""])
            Assert.That(() => new CommandArguments(["--seeds", wrong], "--seeds").Seeds("--seeds", 1), Throws.InstanceOf<FormatException>(), wrong);
    }

    [Test]
    public void Options_that_there_are_not_are_refused()
    {
        Assert.That(() => new CommandArguments(["--nix", "1"], "--out"), Throws.InstanceOf<FormatException>());
        Assert.That(() => new CommandArguments(["--out"], "--out"), Throws.InstanceOf<FormatException>());
        Assert.That(() => new CommandArguments([], "--out").Required("--out"), Throws.InstanceOf<FormatException>());
        Assert.That(() => NamedDetectors.Find("nix", 0, 1), Throws.InstanceOf<FormatException>());
    }

    [Test]
    public void Every_named_detector_has_valid_options_with_any_number_of_members()
    {
        foreach (string name in NamedDetectors.All.Keys)
        {
            Assert.That(() => NamedDetectors.Find(name, 3, 2).Validate(), Throws.Nothing, name);
            FitOptions many = NamedDetectors.WithMembers(NamedDetectors.Find(name, 3, 2), 64);
            Assert.That(() => many.Validate(), Throws.Nothing, name);
            Assert.That(many.Training.Seed, Is.EqualTo(3));
            Assert.That(many.AllFamilies.Sum(family => family.Count), Is.EqualTo(64).Within(2), name);
        }
    }

    [Test]
    public void Families_keep_their_proportions_and_one_stays_one()
    {
        var options = new FitOptions
        {
            Families = [new DetectorFamily { Count = 64 }, new DetectorFamily { Count = 32 }, new DetectorFamily { Count = 1 }],
        };
        Assert.That(NamedDetectors.WithMembers(options, 194).Families.Select(family => family.Count), Is.EqualTo(new[] { 128, 64, 1 }));
        Assert.That(NamedDetectors.WithMembers(options, 1).Families.Select(family => family.Count), Is.EqualTo(new[] { 1, 1, 1 }));
    }

    [Test]
    public void Costs_vary_one_size_at_a_time()
    {
        CostCase[][] sweeps = CostCase.Sweeps([10, 20, 30], [1, 2, 3], [8, 64]);
        Assert.That(sweeps[0], Is.EqualTo(new[] { new CostCase(10, 2, 64), new(20, 2, 64), new(30, 2, 64) }));
        Assert.That(sweeps[1], Is.EqualTo(new[] { new CostCase(20, 1, 64), new(20, 2, 64), new(20, 3, 64) }));
        Assert.That(sweeps[2], Is.EqualTo(new[] { new CostCase(20, 2, 8), new(20, 2, 64) }));
    }

    [Test]
    public void Synthetic_anomalies_are_a_twentieth_and_lie_farther_out()
    {
        Dataset data = SyntheticData.Create(2000, 5, seed: 1);
        Assert.That(data.Anomalies, Is.EqualTo(100));
        double[] squares = [.. Enumerable.Range(0, data.Rows).Select(i => (double)data.Row(i).ToArray().Sum(value => value * value))];

        // Variances 1 and 4²/3 of five features; thrice the standard error of the mean.
        double normal = squares.Where((_, i) => !data.Labels![i]).Average(), anomalous = squares.Where((_, i) => data.Labels![i]).Average();
        Assert.That(normal, Is.EqualTo(5).Within(3 * Math.Sqrt(10.0 / 1900)));
        Assert.That(anomalous, Is.EqualTo(5 * 16 / 3.0).Within(3 * Math.Sqrt(5 * (256 / 5.0 - 256 / 9.0) / 100)));
        Assert.That(SyntheticData.Create(2000, 5, seed: 1).Values, Is.EqualTo(data.Values));
    }
}
