using IadNative.Bench.Detection;

namespace IadNative.Tests.Bench;

/// <summary>What the paper's robust competitors take, beside a prototype.</summary>
internal sealed class CompetitorTests
{
    [Test]
    public void Rows_give_the_median_of_the_seeds_and_its_share_of_the_prototypes()
    {
        string[] lines = CompetitorPage.Write([new("oneflow", "OneFlow", [9, 3, 5.25], [76, 77, 78]), new("drae", "DRAE", [0.4], [70])]).Split('\n');
        Assert.That(lines[^3..], Is.EqualTo(new[]
        {
            "| OneFlow (`oneflow`) | 5.25 (3.00 to 9.00) | 7.0 | 0.75 | 77.0 |", "| DRAE (`drae`) | 0.40 | 0.4 | 1.00 | 70.0 |", "",
        }));
    }

    [Test]
    public void All_that_there_is_a_prototype_of_are_models() => Assert.That(
        CompetitorRow.Among(BaseModel.All).Select(model => model.Name), Is.EquivalentTo(CompetitorRow.ReferenceSeconds.Keys));
}
