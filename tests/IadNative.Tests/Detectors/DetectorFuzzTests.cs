using IadNative.Compute;
using IadNative.Detectors;
using IadNative.Iad;
using IadNative.Models;
using IadNative.Networks;
using IadNative.Tests.Fuzzing;

namespace IadNative.Tests.Detectors;

/// <summary>
/// Damaged models: each is refused with the documented exception in a message fit to be shown, or scores; and none allocates more than
/// its size and the limit of scoring justify.
/// </summary>
public sealed class DetectorFuzzTests
{
    // What a case may allocate beside what the limit on scoring allows: so much, and for each byte of the file.
    private const long Floor = 300_000, PerByte = 60;

    private const long MostScoringBytes = 24 << 20;

    [TestCase(1_000)]
    [TestCase(10_000, Category = "Slow")]
    [TestCase(300_000, Category = "Nightly")]
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
        Check(mutations, i => Mutator.Mutate(seeds[i % seeds.Length], i));
    }

    [TestCase(1_000)]
    [TestCase(10_000, Category = "Slow")]
    [TestCase(500_000, Category = "Nightly")]
    public void Models_of_any_architecture_and_size_are_refused_or_score_and_cost_little_memory(int models) => Check(models, i =>
    {
        var random = new System.Random(i);
        byte[] forged = ModelForge.Forge(random);
        return i % 4 == 0 ? forged : ModelForge.Damage(forged, i, random);
    });

    [Test]
    public void A_forged_model_that_is_left_as_it_is_loads_and_scores()
    {
        for (int i = 0; i < 200; i++)
        {
            byte[] forged = ModelForge.Forge(new System.Random(i));
            Assert.That(() => SyntheticData.Loaded(forged).Score(new float[SyntheticData.Loaded(forged).Features]), Throws.Nothing, $"model {i}");
        }
    }

    private static void Check(int cases, Func<int, byte[]> file)
    {
        int loaded = 0, refused = 0;
        double highest = 0;
        for (int i = 0; i < cases; i++)
        {
            byte[] bytes = file(i);
            long before = GC.GetAllocatedBytesForCurrentThread(), scoring = 0;
            try
            {
                AnomalyDetector detector = AnomalyDetector.Load(
                    new MemoryStream(bytes), "model", new LoadOptions { MostScoringBytes = MostScoringBytes });
                Use(detector, i);
                scoring = MemoryOf(detector).Total + (RowBytes * detector.Features);
                Assert.That(scoring, Is.LessThanOrEqualTo(MostScoringBytes + (RowBytes * detector.Features)), $"case {i}");
                loaded++;
            }
            catch (ModelFormatException e)
            {
                if (Refusal.Fault(e.Message, Refusal.LongestOfModel) is { } fault) Assert.Fail($"case {i}: {fault}");
                refused++;
            }
            catch (Exception e) when (e is not (AssertionException or OutOfMemoryException))
            {
                Assert.Fail($"case {i} ended in an undocumented exception: {e}");
            }

            long allocated = GC.GetAllocatedBytesForCurrentThread() - before - scoring;
            highest = Math.Max(highest, (allocated - Floor) / (double)bytes.Length);
            if (allocated > Floor + (PerByte * bytes.Length))
                Assert.Fail($"case {i} of {bytes.Length} bytes cost {allocated} bytes beside the {scoring} of scoring");
        }

        // Damage to single weights leaves a model; damage to the description or the lengths nearly always does not.
        TestContext.Out.WriteLine($"{loaded} loaded, {refused} refused; {highest:0.0} bytes a byte beside the floor of {Floor}");
        Assert.That(loaded, Is.GreaterThan(cases / 100));
        Assert.That(refused, Is.GreaterThan(cases / 4));
    }

    // Rows, scores and contributions of the test itself.
    private const int RowBytes = 3 * 3 * sizeof(float);

    private static void Use(AnomalyDetector detector, int i)
    {
        float[] rows = new float[3 * detector.Features];
        Array.Fill(rows, 1e30f, detector.Features, detector.Features);
        Array.Fill(rows, float.NaN, 2 * detector.Features, detector.Features);
        float[] scores = new float[3];
        detector.Score(rows, scores, threads: 1);
        double percentile = detector.Percentile(scores[0]);
        if (!(float.IsFinite(scores[0]) && float.IsFinite(scores[1]) && float.IsFinite(scores[2]) && percentile is >= 0 and <= 100))
            Assert.Fail($"case {i} scores {string.Join(", ", scores)}, percentile {percentile}");
        if (detector.Columns.All(column => column.Kind == FeatureKind.Number) && detector.Options.Imputation == Imputation.None
            && scores[2] != float.MaxValue)
            Assert.Fail($"case {i} gives a row of NaN the score {scores[2]}");
        float[] contributions = new float[rows.Length];
        detector.Explain(rows, contributions);
        if (!Array.TrueForAll(contributions, float.IsFinite)) Assert.Fail($"case {i} explains by what is not finite");
    }

    private static ScoringMemory MemoryOf(AnomalyDetector detector)
    {
        List<Plan> plans = [];
        foreach (DetectorMember member in detector.Content.Members)
        {
            if (plans.Count == 0 || !ReferenceEquals(plans[^1], member.Plan)) plans.Add(member.Plan);
        }

        return ScoringMemory.Of(detector.Options, plans, detector.Rounds.Count, detector.Content.Preparation);
    }
}
