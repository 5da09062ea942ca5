using System.Text;
using IadNative.Cli.Fleet;
using IadNative.Fleet;
using IadNative.Fleet.Claims;
using IadNative.Tests.Cli;

namespace IadNative.Tests.Fleet;

internal sealed class FleetPlanTests
{
    private static readonly FleetPlan s_plan = FleetSamples.Plan(3, seeds: 2, options: "epochs=1,2;model=svdd,ae");

    [Test]
    public void Jobs_run_through_seeds_then_options_then_partitions()
    {
        Assert.That((s_plan.Jobs, s_plan.Options.Count), Is.EqualTo((24, 4)));
        string[] jobs = [.. Enumerable.Range(0, 24).Select(number => s_plan.JobAt(number)).Select(job => $"{job.Partition.Name} {job.Options} {job.Seed}")];
        Assert.That(jobs[..5], Is.EqualTo(new[]
        {
            "p0 model=svdd epochs=1 0", "p0 model=svdd epochs=1 1", "p0 model=svdd epochs=2 0", "p0 model=svdd epochs=2 1", "p0 model=ae epochs=1 0",
        }));
        Assert.That(jobs, Is.Unique);
        for (int number = 0; number < 24; number++) Assert.That(s_plan.NumberOf(number / 8, number / 2 % 4, number % 2), Is.EqualTo(number));
        Assert.That(() => s_plan.JobAt(24), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Of_many_option_sets_few_are_kept()
    {
        string numbers = string.Join(',', Enumerable.Range(1, 60));
        var grid = OptionGrid.Parse($"model=svdd;epochs={numbers};rounds={numbers}");
        Assert.That((grid.Count, grid.Kept), Is.EqualTo((3600, 0)));
        for (int i = 0; i < grid.Count; i++) Assert.That(grid.At(i).ToString(), Is.EqualTo($"model=svdd rounds={(i / 60) + 1} epochs={(i % 60) + 1}"));
        Assert.That(grid.Kept, Is.InRange(1, 1024));
        Assert.That(() => OptionGrid.Parse($"epochs={numbers};model=svdd,auto"), Throws.ArgumentException, "one of the sets is none");
    }

    [Test]
    public void Work_is_estimated_from_a_sample_where_there_is_much()
    {
        // 120 kinds of parts times 40 sets, whose work is rows times epochs.
        Partition[] parts = [.. Enumerable.Range(0, 120).Select(i => FleetSamples.Plan(1).Partitions[0] with { Name = $"{i}", Rows = 40 + (7 * i) })];
        var plan = new FleetPlan(parts, OptionGrid.Parse($"model=svdd;rounds=1;network=4-2;epochs={string.Join(',', Enumerable.Range(1, 40))}"), [0, 1, 2]);
        double exact = 3 * 2 * parts.Sum(part => (double)part.Rows) * Enumerable.Range(1, 40).Sum();
        Assert.That(PlanText.Work(plan), Is.EqualTo(exact).Within(5).Percent);
        FleetPlan few = new([parts[3]], OptionGrid.Parse("model=svdd;rounds=1;network=4-2;epochs=1,2"), [0]);
        Assert.That(PlanText.Work(few), Is.EqualTo(2.0 * 61 * 3));
    }

    [Test]
    public void Claims_that_are_gone_are_forgotten()
    {
        using var folder = new TestFolder();
        var claims = new WorkClaims(folder.File("c"), TimeProvider.System);
        string foreign = Path.Combine(folder.File("c"), "work.1.claim");
        File.WriteAllText(foreign, "");
        Assert.That((claims.TryTake("work"), claims.Seen), Is.EqualTo(((WorkClaim?)null, 1)));
        File.Delete(foreign);
        using (WorkClaim? own = claims.TryTake("work")) Assert.That((own is not null, claims.Seen), Is.EqualTo((true, 0)));
    }

    [Test]
    public void Keys_are_recorded() => Assert.That(
        (s_plan.KeyOf(0), FleetSamples.Plan(1, options: "").KeyOf(0), s_plan.Hash), Is.EqualTo((
            "a6c3384df5c43c30586de3e01fefc2ea97cc70e1956b8cd9153864436321899b", "13d3a8de80d807f79678fbb5b80033fa0a958ada492120bb42b1ac40f81b9c7a",
            "fa029d31c312790a51ac8e1bf67fbd7b4c64ac622aab7b7e42c0c6a2d8d88d09")),
        "results that are stored must be found by later versions");

    [Test]
    public void Keys_change_with_partition_options_and_seed_and_with_nothing_else()
    {
        Assert.That(Enumerable.Range(0, 24).Select(number => s_plan.KeyOf(number)), Is.Unique);
        Partition renamed = s_plan.Partitions[0] with { Name = "other" };
        Assert.That(new FleetPlan([renamed], s_plan.Options, [0]).KeyOf(0), Is.EqualTo(s_plan.KeyOf(0)));

        // What is left to its default and what is set to it are the same.
        string Key(string options) => FleetSamples.Plan(1, options: options).KeyOf(0);
        Assert.That(Key("model=svdd;weight-decay=0"), Is.EqualTo(Key("model=svdd")));
        Assert.That(Key("model=svdd;weight-decay=0.1"), Is.Not.EqualTo(Key("model=svdd")));
        Assert.That(Key("model=svdd;network=32-16-8;lr=0.01;batch=128"), Is.EqualTo(Key("model=svdd;network=32-16-8;batch=128;lr=1e-2")));
        Assert.That(Key("model=svdd;network=32-16-8"), Is.EqualTo(Key("model=svdd")));
        Assert.That(Key("model=svdd;bias=true"), Is.Not.EqualTo(Key("model=svdd")), "a part of the network");
        Assert.That(Key("model=ae"), Is.Not.EqualTo(Key("model=svdd")));
        Assert.That(Key("imputation=median"), Is.Not.EqualTo(Key("")));
        Assert.That(Key("threshold=top:3"), Is.Not.EqualTo(Key("")));
        Assert.That(Key("model=auto"), Is.EqualTo(Key("")));
    }

    [Test]
    public void A_plan_comes_back_from_its_json_and_damage_is_refused()
    {
        byte[] json = s_plan.Write();
        FleetPlan read = FleetPlan.Read(json, "plan.json");
        Assert.That(read.Write(), Is.EqualTo(json));
        Assert.That(read.Hash, Is.EqualTo(s_plan.Hash));
        Assert.That(Enumerable.Range(0, 24).Select(number => read.KeyOf(number)), Is.EqualTo(Enumerable.Range(0, 24).Select(number => s_plan.KeyOf(number))));
        foreach ((string part, string other) in ((string, string)[])[
            ("iadnative.fleet/1", "iadnative.fleet/2"), ("\"epochs\"", "\"epoch\""), ("\"rows\":40", "\"rows\":0"), ("\"schema\":0", "\"schema\":1"),
            ("\"seeds\":[0,1]", "\"seeds\":[0,0]"), ("\"name\":\"p1\"", "\"name\":\"p0\""), ("number", "letter"), ("}", "")])
        {
            byte[] damaged = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(json).Replace(part, other, StringComparison.Ordinal));
            Assert.That(() => FleetPlan.Read(damaged, "plan.json"), Throws.TypeOf<DataFormatException>().With.Message.StartsWith("plan.json: "), part);
        }
    }

    [TestCase("epochs=10,ten;model=svdd", "epochs=ten")]
    [TestCase("epochs=10", "The option epochs is not for the model auto")]
    [TestCase("epoch=10", "'epoch' is no option of a fleet")]
    [TestCase("seed=1", "'seed' is no option of a fleet")]
    [TestCase("epochs=10,10", "one value or several different ones")]
    [TestCase("epochs", "'epochs' is no option with its values")]
    [TestCase("model=svdd;nu=0.1", "The option nu is not for the model svdd")]
    [TestCase("epochs=70000;model=svdd", "70000")]
    public void What_cannot_be_fitted_is_refused_before_anything_is(string options, string message) =>
        Assert.That(() => OptionGrid.Parse(options), Throws.ArgumentException.With.Message.Contains(message));

    [Test]
    public void Options_that_do_not_fit_the_columns_are_refused_with_the_plan() =>
        Assert.That(() => FleetSamples.Plan(1, options: "ensemble=3"), Throws.ArgumentException.With.Message.Contains("leaves no choice of an ensemble"));

    [Test]
    public void Shards_part_the_jobs()
    {
        for (int count = 1; count < 9; count++)
        {
            for (int jobs = 0; jobs < 20; jobs++)
                Assert.That(Enumerable.Range(0, count).Sum(index => new Shard(index, count).Of(jobs)), Is.EqualTo(jobs));
        }

        Assert.That((Shard.Whole.Count, Shard.Whole.Of(5), new Shard(1, 3).ToString()), Is.EqualTo((1, 5, "1/3")));
        Assert.That(() => new Shard(3, 3), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void A_plan_of_a_million_partitions_makes_its_jobs_one_by_one()
    {
        Partition one = s_plan.Partitions[0];
        var plan = new FleetPlan([.. Enumerable.Range(0, 1_000_000).Select(i => one with { Name = $"{i}" })], OptionGrid.Default, [.. Enumerable.Range(0, 1000).Select(i => (ulong)i)]);
        Assert.That(plan.Jobs, Is.EqualTo(1_000_000_000));
        Assert.That(plan.JobAt(999_999_999).Seed, Is.EqualTo(999));
    }
}
