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
}
