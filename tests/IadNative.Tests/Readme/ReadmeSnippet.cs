using IadNative;

namespace IadNative.Tests.Readme;

/// <summary>The README's C# snippet, compiled; ReadmeSnippetTests runs it and holds both texts together.</summary>
internal static class ReadmeSnippet
{
    public static void Run()
    {
        // Train on contaminated data; labels, if there are any, are only reported on.
        Dataset data = DatasetReader.Read("satellite.csv.gz", new DatasetReadOptions { Label = "label" });
        FitResult result = AnomalyDetector.Fit(data);
        Console.WriteLine($"AUC: untrained {result.Untrained!.Mean:F3}, base {result.Base!.Mean:F3}, IAD {result.Iad!.Mean:F3}");

        // Keep it, load it, score a row: on any number of threads, and without allocating once each of them has its buffers.
        result.Detector.Save("satellite.iad");
        AnomalyDetector detector = AnomalyDetector.Load("satellite.iad");
        float score = detector.Score(data.Row(0));
        Console.WriteLine($"score {score:G6}, percentile {detector.Percentile(score):F1}, anomaly: {detector.IsAnomaly(score)}");
    }
}
