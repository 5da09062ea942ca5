using IadNative.Bench.Versus.Exchange;

namespace IadNative.Tests.Bench;

public sealed class ExchangeJsonTests
{
    [Test]
    public void A_peer_can_say_that_its_losses_are_not_finite()
    {
        var said = new Introduction("peer", [1.5, double.NaN, double.PositiveInfinity])
        {
            EpochLoss = double.NegativeInfinity, RoundLosses = [double.NaN],
        };
        string line = ExchangeJson.Write(said);
        Introduction heard = ExchangeJson.Read<Introduction>(line);
        Assert.That(line, Does.Not.Contain("\n"));
        Assert.That((heard.Name, heard.EpochLoss), Is.EqualTo((said.Name, said.EpochLoss)));
        Assert.That(heard.Check, Is.EqualTo(said.Check));
        Assert.That(heard.RoundLosses, Is.EqualTo(said.RoundLosses));
    }
}
