using IadNative.Reproduction.Tests.Drawings;

namespace IadNative.Reproduction.Tests;

internal sealed class EngineShareTests
{
    [Test]
    public void Shares_are_counted_over_all_parts_the_largest_first()
    {
        IReadOnlyList<EngineShare> parts = EngineShare.Of(["b", "a", "b", "c"]);
        Assert.That(parts, Is.EqualTo(new EngineShare[] { new("b", 2), new("a", 1), new("c", 1) }));
        Assert.That(EngineShare.Sum([.. parts, new("c", 2)]), Is.EqualTo(new EngineShare[] { new("c", 3), new("b", 2), new("a", 1) }));
    }

    [Test]
    public void A_part_of_a_search_names_the_engines_of_its_own_trainings()
    {
        ReproductionReport report = PaperSamples.Table() with { Ranking = [] };
        Assert.That(report.Engines, Is.EqualTo(new EngineShare[] { new("engine", 2) }));
        Assert.That(report.Parts().Select(part => part.Report.Engines), Is.All.EqualTo(new EngineShare[] { new("engine", 1) }));
    }
}
