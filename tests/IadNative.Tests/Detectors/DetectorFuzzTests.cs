using IadNative.Data;
using IadNative.Detectors;
using IadNative.Iad;
using IadNative.Models;
using IadNative.Networks;
using IadNative.Persistence;
using IadNative.Tests.Fuzzing;

namespace IadNative.Tests.Detectors;

public sealed class DetectorFuzzTests
{
    [TestCase(1_000)]
    [TestCase(10_000, Category = "Slow")]
    [TestCase(100_000, Category = "Nightly")]
    public void Damaged_models_are_refused_or_score_and_cost_little_memory(int mutations)
    {
        Dataset data = SyntheticData.Contaminated(n: 20, d: 2);
        byte[][] seeds =
        [
            // Without checksums, which would refuse whatever else is not.
            .. BaseModel.All.Select(model => new ModelFile(AnomalyDetector.Fit(data, new FitOptions
            {
                Model = model,
                Network = new NetworkSpec(3, 2)
                {
                    Bias = model is Autoencoder, Affine = model is SoftBoundarySvdd,
                }.On(model),
                Training = new TrainingOptions
                {
                    Rounds = 0, Epochs = 1, Ensemble = model is OneClassSvdd ? 1 : 2,
                },
            }).Detector.Saved()).ToBytes()),
        ];
        int loaded = 0, refused = 0;
        for (int i = 0; i < mutations; i++)
        {
            byte[] bytes = Mutator.Mutate(seeds[i % seeds.Length], i);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                AnomalyDetector detector = SyntheticData.Loaded(bytes);
                float[] rows = new float[3 * detector.Features];
                Array.Fill(rows, 1e30f, detector.Features, detector.Features);
                Array.Fill(rows, float.NaN, 2 * detector.Features, detector.Features);
                float[] scores = new float[3];
                detector.Score(rows, scores);
                double percentile = detector.Percentile(scores[0]);
                if (!(float.IsFinite(scores[0]) && float.IsFinite(scores[1]) && scores[2] == float.MaxValue
                    && percentile is >= 0 and <= 100))
                    Assert.Fail($"mutation {i} scores {string.Join(", ", scores)}, percentile {percentile}");
                loaded++;
            }
            catch (ModelFormatException)
            {
                refused++;
            }

            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            if (allocated > 300_000 + (100L * bytes.Length))
                Assert.Fail($"mutation {i} of {bytes.Length} bytes cost {allocated} bytes");
        }

        // Damage to single weights leaves a model; damage to the description or the lengths nearly always does not.
        Assert.That(loaded, Is.GreaterThan(mutations / 100));
        Assert.That(refused, Is.GreaterThan(mutations / 4));
        TestContext.Out.WriteLine($"{loaded} loaded, {refused} refused");
    }
}
