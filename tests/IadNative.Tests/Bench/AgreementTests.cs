using IadNative.Bench.Versus;
using IadNative.Bench.Versus.Exchange;

namespace IadNative.Tests.Bench;

internal sealed class AgreementTests
{
    private static readonly Introduction s_ours = new("ours", [1, -2, 300]) { EpochLoss = 5, RoundLosses = [4, 3] };

    [Test]
    public void Rounding_does_not_matter() => Assert.That(
        Agreement.Holds(s_ours, new("peer", [1.00009, -2.0001, 299.98]) { EpochLoss = 5.004, RoundLosses = [3, 4] }), Is.True);

    [TestCase(1.0002, 5, 4)]
    [TestCase(-1, 5, 4)]
    [TestCase(double.NaN, 5, 4)]
    [TestCase(double.PositiveInfinity, 5, 4)]
    [TestCase(1, 5.006, 4)]
    [TestCase(1, double.NaN, 4)]
    [TestCase(1, 5, 8.1)]
    [TestCase(1, 5, double.NaN)]
    public void Other_work_does_not_match(double first, double epoch, double round) => Assert.That(
        Agreement.Holds(s_ours, new("peer", [first, -2, 300]) { EpochLoss = epoch, RoundLosses = [round, 3] }), Is.False);

    [Test]
    public void What_is_missing_does_not_match()
    {
        Assert.That(Agreement.Holds(s_ours, s_ours), Is.True);
        Assert.That(Agreement.Holds(s_ours, s_ours with { Check = [1, -2] }), Is.False);
        Assert.That(Agreement.Holds(s_ours, s_ours with { EpochLoss = null }), Is.False);
        Assert.That(Agreement.Holds(s_ours with { EpochLoss = null }, s_ours), Is.False);
        Assert.That(Agreement.Holds(s_ours, s_ours with { RoundLosses = [4] }), Is.False);
        Assert.That(Agreement.Holds(new Introduction("", []), new Introduction("", [])), Is.False, "nothing was compared");
        Assert.That(Agreement.Holds([double.NaN], [double.NaN]), Is.False);
        Assert.That(Agreement.Holds([0], [0]), Is.True);
    }
}
