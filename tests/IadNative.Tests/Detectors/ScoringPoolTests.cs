using IadNative.Data;
using IadNative.Detectors;

namespace IadNative.Tests.Detectors;

/// <summary>
/// Detectors of a pool score as the detectors that they were made from, and share what they have alike. Alone, since the memory of the process
/// is counted.
/// </summary>
[NonParallelizable]
public sealed class ScoringPoolTests
{
    private static readonly ScoringPool s_pool = new();

    [TestCaseSource(typeof(DetectorKinds), nameof(DetectorKinds.All))]
    public void Of_every_kind_scores_percentiles_and_p_values_are_the_same_to_the_bit(string kind)
    {
        AnomalyDetector detector = DetectorKinds.Fitted(kind);
        using var file = new MemoryStream(detector.Saved());
        ExpectSame(s_pool.Add(detector), detector);
        ExpectSame(s_pool.Load(file, kind), detector);
    }

    [Test]
    public void Those_of_one_layout_have_their_own_numbers()
    {
        Dataset data = SyntheticData.Contaminated(n: 200, d: 5);
        AnomalyDetector[] detectors = [.. Enumerable.Range(0, 4).Select(seed => Fitted(data, (ulong)seed))];
        ScoringDetector[] pooled = Array.ConvertAll(detectors, s_pool.Add);
        for (int i = 0; i < detectors.Length; i++) Assert.That(Scores(pooled[i], data), Is.EqualTo(detectors[i].Score(data)));
        Assert.That(pooled.Skip(1).Select(other => other.Columns), Is.All.SameAs(pooled[0].Columns));
    }

    // What a family sees depends on the levels of its columns, which the family does not tell.
    [Test]
    public void Families_that_see_other_levels_share_no_buffers([Values] bool isFirstWide)
    {
        var options = new FitOptions
        {
            Families = [new() { Network = new(4, 2), Columns = [0], Epochs = 1 }, new() { Network = new(4, 2), Columns = [1], Epochs = 1 }],
            Training = new() { Rounds = 0 },
        };
        var pool = new ScoringPool();
        foreach (bool isWide in (bool[])[isFirstWide, !isFirstWide])
        {
            Dataset data = TwoCategories(isWide ? 4 : 2, isWide ? 2 : 4);
            AnomalyDetector detector = AnomalyDetector.Fit(data, options).Detector;
            Assert.That(Scores(pool.Add(detector), data), Is.EqualTo(detector.Score(data)));
        }
    }

    [Test]
    public void How_many_rows_a_detector_learned_from_is_no_kind_of_its_own()
    {
        var pool = new ScoringPool();
        foreach (int rows in (int[])[150, 400])
        {
            Dataset data = SyntheticData.Contaminated(rows, d: 3);
            AnomalyDetector detector = AnomalyDetector.Fit(data, new FitOptions { Threads = 1 }).Detector;
            Assert.That(Scores(pool.Add(detector), data), Is.EqualTo(detector.Score(data)));
        }

        Assert.That(pool.Kinds, Is.EqualTo(2), "one of detectors, and one of columns");
    }

    [Test]
    public void What_detectors_shared_goes_with_them()
    {
        var pool = new ScoringPool();
        Dataset data = SyntheticData.Contaminated(n: 60, d: 3);
        for (int i = 0; i < 300; i++)
        {
            var named = new Dataset("data", data.Values, data.Rows, 3, featureNames: [$"a{i}", "b", "c"]);
            pool.Add(Fitted(named, 0));
            if (i % 50 == 0) GC.Collect();
        }

        Assert.That(pool.Kinds, Is.LessThan(200));
    }

    [Test]
    public void Threads_that_add_and_score_at_once_get_what_one_gets()
    {
        Dataset data = SyntheticData.Contaminated(n: 100, d: 4);
        AnomalyDetector[] detectors = [.. Enumerable.Range(0, 4).Select(seed => Fitted(data, (ulong)seed))];
        float[][] expected = Array.ConvertAll(detectors, detector => detector.Score(data));
        var pool = new ScoringPool();
        Parallel.For(0, 64, i =>
        {
            ScoringDetector detector = pool.Add(detectors[i % 4]);
            for (int k = 0; k < 20; k++) Assert.That(Scores(detector, data), Is.EqualTo(expected[i % 4]));
        });
    }

    [TestCase(36, 6_435, 17_000)]
    [TestCase(36, 1_000, 16_000)]
    [TestCase(10, 1_000, 12_500)]
    public void A_thousand_of_them_take_little_memory(int columns, int rows, int bytes)
    {
        byte[] file = AnomalyDetector.Fit(
            SyntheticData.Contaminated(rows, columns), new FitOptions { Model = BaseModel.OneClassSvdd, Training = new() { Rounds = 0, Epochs = 1 } }).Detector.Saved();
        var pool = new ScoringPool();
        long each = BytesOfEach(() => pool.Load(new MemoryStream(file), "model")), whole = BytesOfEach(() => SyntheticData.Loaded(file));
        TestContext.Out.WriteLine($"{each} bytes each, {whole} as a whole; the file has {file.Length}");
        Assert.That(each, Is.LessThan(bytes));
    }

    [Test]
    public void Scoring_a_row_allocates_nothing()
    {
        ScoringDetector detector = s_pool.Add(DetectorKinds.Fitted("svdd"));
        float[] row = DetectorKinds.Others.Row(0).ToArray();
        Assert.That(Allocations.Of(() => detector.Score(row)), Is.Zero);
    }

    [Test]
    public void Missing_cells_are_filled_as_the_detector_fills_them()
    {
        AnomalyDetector detector = DetectorKinds.Fitted("svdd").With(Imputation.Median);
        float[] row = DetectorKinds.Others.Row(0).ToArray();
        row[2] = float.NaN;
        Assert.That(s_pool.Add(detector).Score(row), Is.EqualTo(detector.Score(row)).And.LessThan(float.MaxValue));
        Assert.That(s_pool.Add(DetectorKinds.Fitted("svdd")).Score(row), Is.EqualTo(float.MaxValue));
    }

    [Test]
    public void A_damaged_file_is_refused_and_leaves_the_pool_as_it_was()
    {
        var pool = new ScoringPool();
        byte[] file = DetectorKinds.Fitted("svdd").Saved();
        file[^1] ^= 1;
        using var stream = new MemoryStream(file);
        Assert.That(() => pool.Load(stream, "model"), Throws.TypeOf<ModelFormatException>());
        Assert.That(() => pool.Load("not there.iad"), Throws.InstanceOf<IOException>());
        ExpectSame(pool.Add(DetectorKinds.Fitted("svdd")), DetectorKinds.Fitted("svdd"));
    }

    private static void ExpectSame(ScoringDetector pooled, AnomalyDetector detector)
    {
        int columns = detector.Features;
        float[] rows = new float[50 * columns];
        var random = new System.Random(7);
        for (int i = 0; i < rows.Length; i++)
        {
            rows[i] = detector.Columns[i % columns].Kind == FeatureKind.Category
                ? random.Next(-1, detector.Columns[i % columns].Levels.Count)
                : (float)(3 * random.NextDouble());
        }

        float[] expected = new float[50], scores = new float[50], wide = new float[50];
        detector.Score(rows, expected);
        pooled.Score(rows, scores, threads: 2);
        pooled.Score(Array.ConvertAll(rows, cell => (double)cell), wide);
        Assert.That(scores, Is.EqualTo(expected));
        Assert.That(wide, Is.EqualTo(expected));
        Assert.That(Enumerable.Range(0, 50).Select(i => pooled.Score(rows.AsSpan(i * columns, columns))), Is.EqualTo(expected));
        Assert.That(expected.Select(pooled.Percentile), Is.EqualTo(expected.Select(detector.Percentile)));
        Assert.That(expected.Select(pooled.PValue), Is.EqualTo(expected.Select(detector.PValue)));
        Assert.That(expected.Select(pooled.IsAnomaly), Is.EqualTo(expected.Select(detector.IsAnomaly)));
        Assert.That((pooled.Threshold, pooled.Features), Is.EqualTo((detector.Threshold, columns)));
        Assert.That(pooled.Columns, Is.EqualTo(detector.Columns));
        Assert.That(pooled.FeatureNames, Is.EqualTo(detector.FeatureNames));
    }

    private static long BytesOfEach(Func<ScoringDetector> load)
    {
        const int Count = 1_000;
        var held = new ScoringDetector[Count];
        GC.KeepAlive(load());
        long before = GC.GetTotalMemory(forceFullCollection: true);
        for (int i = 0; i < Count; i++) held[i] = load();
        long each = (GC.GetTotalMemory(forceFullCollection: true) - before) / Count;
        GC.KeepAlive(held);
        return each;
    }

    private static AnomalyDetector Fitted(Dataset data, ulong seed) => AnomalyDetector.Fit(
        data, new FitOptions { Model = BaseModel.OneClassSvdd, Network = new(6, 3), Training = new() { Rounds = 1, Epochs = 2, Seed = seed } }).Detector;

    private static float[] Scores(ScoringDetector detector, Dataset data)
    {
        float[] scores = new float[data.Rows];
        detector.Score(data.Values, scores, threads: 1);
        return scores;
    }

    private static Dataset TwoCategories(int first, int second)
    {
        var text = new System.Text.StringBuilder("a,b\n");
        for (int i = 0; i < 60; i++) text.Append(System.Globalization.CultureInfo.InvariantCulture, $"a{i % first},b{i * 7 % second}\n");
        using var stream = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(text.ToString()));
        return DatasetReader.Read(stream, "table", new DatasetReadOptions { Categorical = ["a", "b"] });
    }
}
