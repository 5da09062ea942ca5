using IadNative.Extensions.Hosting;
using IadNative.Tests.Detectors;
using Microsoft.Extensions.DependencyInjection;

namespace IadNative.Tests.Hosting;

/// <summary>Rows are scored while models take each other's place.</summary>
public sealed class SwapTests
{
    [Test]
    public void While_models_are_swapped_hundreds_of_times_every_score_is_that_of_one_of_them()
    {
        using ServiceProvider services = Services(out IAnomalyDetectorProvider detector);
        float[] rows = [.. Enumerable.Range(0, 8).SelectMany(i => ServedDetectors.Row.Select(x => x + i))];
        float[][] expected = [ScoresOf(ServedDetectors.First, rows), ScoresOf(ServedDetectors.Second, rows)];
        Assert.That(expected[0].Zip(expected[1]), Has.None.Matches<(float A, float B)>(pair => pair.A == pair.B));
        bool isOver = false;
        Task<int[]>[] scorers = [.. Enumerable.Range(0, 3).Select(_ => Task.Run(() =>
        {
            var scores = new DetectorScore[8];
            int[] times = new int[2];
            while (!Volatile.Read(ref isOver) || times.Sum() < 100)
            {
                if (detector.TryScore(rows, scores) != 8) throw new InvalidOperationException("a row was refused");
                float[] got = [.. scores.Select(score => score.Score)];
                int which = Array.FindIndex(expected, one => one.AsSpan().SequenceEqual(got));
                if (which < 0) throw new InvalidOperationException($"scores of neither model: {string.Join(' ', got)}");
                times[which]++;
            }

            return times;
        }))];
        byte[][] files = [ServedDetectors.First.Saved(), ServedDetectors.Second.Saved()];
        for (int i = 1; i <= 600; i++) detector.Replace(SyntheticData.Loaded(files[i % 2]));
        Volatile.Write(ref isOver, true);
        Assert.That(() => Task.WaitAll(scorers), Throws.Nothing);
        Assert.That(Enumerable.Range(0, 2).Select(which => scorers.Sum(task => task.Result[which])), Is.All.Positive, "both models have served");
    }

    private static float[] ScoresOf(AnomalyDetector detector, float[] rows)
    {
        float[] scores = new float[rows.Length / detector.Features];
        detector.Score(rows, scores, threads: 1);
        return scores;
    }

    private static ServiceProvider Services(out IAnomalyDetectorProvider detector)
    {
        var services = new ServiceCollection();
        services.AddAnomalyDetector().FromDetector(ServedDetectors.First);
        ServiceProvider built = services.BuildServiceProvider();
        detector = built.GetRequiredService<IAnomalyDetectorProvider>();
        return built;
    }
}
