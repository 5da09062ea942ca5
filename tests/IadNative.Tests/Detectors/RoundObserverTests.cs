using IadNative.Compute;
using IadNative.Data;
using IadNative.Detectors;
using IadNative.Iad;
using IadNative.Models;

namespace IadNative.Tests.Detectors;

/// <summary>Who looks at the rounds sees the networks that are there, and changes nothing.</summary>
internal sealed class RoundObserverTests
{
    private static readonly Dataset s_data = SyntheticData.Contaminated();

    [Test]
    public void Every_round_shows_the_networks_of_a_fit_that_ends_with_it(
        [Values] BetweenRounds between, [Values(1, 2)] int ensemble)
    {
        FitOptions options = SyntheticData.Quick(BaseModel.OneClassSvdd.Pretrained(2));
        options = options with
        {
            Training = options.Training with { Between = between, Ensemble = ensemble, Seeds = 2 },
        };
        var seen = new Dictionary<(ulong Seed, int Round), float[][]>();
        FitResult fit = DetectorFit.Run(s_data, options, null, CancellationToken.None,
            (seed, round, networks) => seen.Add((seed, round), ParametersOf(networks.Select(TrainedNetwork.Of))));

        Assert.That(seen.Keys, Is.EquivalentTo(fit.Runs.SelectMany(
            run => run.Rounds, (run, round) => (run.Seed, round.Round))));
        Assert.That(seen[(fit.Detector.Seed, fit.Detector.Round)], Is.EqualTo(ParametersOf(fit.Detector.Content.Networks)));
        Assert.That(AnomalyDetector.Fit(s_data, options).Detector.Saved(), Is.EqualTo(fit.Detector.Saved()));
        for (int t = 0; t <= options.Training.Rounds; t++)
        {
            AnomalyDetector last = AnomalyDetector.Fit(s_data, options with
            {
                Training = options.Training with { Rounds = t, Termination = TerminationCriterion.Last },
            }).Detector;
            Assert.That(seen[(last.Seed, t)], Is.EqualTo(ParametersOf(last.Content.Networks)), $"round {t}");
        }
    }

    private static float[][] ParametersOf(IEnumerable<TrainedNetwork> networks) =>
        [.. networks.Select(network => (float[])[.. network.Parameters, .. network.Statistics, .. network.State])];
}
