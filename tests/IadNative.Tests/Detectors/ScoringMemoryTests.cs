using IadNative.Compute;
using IadNative.Compute.Cpu;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Cpu.Scoring;
using IadNative.Compute.Cpu.Stacked;
using IadNative.Data;
using IadNative.Data.Preparation;
using IadNative.Detectors;
using IadNative.Iad;
using IadNative.Tests.Fuzzing;

namespace IadNative.Tests.Detectors;

/// <summary>What scoring takes is known before it is allocated, and a model that takes more than it may is refused.</summary>
public sealed class ScoringMemoryTests
{
    private static readonly Dataset s_data = SyntheticData.Contaminated(n: 40, d: 3);

    private static IEnumerable<TestCaseData> Plans()
    {
        yield return Case(BaseModel.OneClassSvdd, new NetworkSpec(32, 16, 8), 36);
        yield return Case(BaseModel.OneClassSvdd, new NetworkSpec(1), 1);
        yield return Case(BaseModel.OneClassSvdd, new NetworkSpec(1, 300, 1) { Bias = true, Affine = true }, 500);
        yield return Case(BaseModel.Autoencoder, new NetworkSpec(7, 5, 2) { BatchNorm = false, Bias = true }, 13);
        yield return Case(BaseModel.MaskedAutoregressiveFlow, new NetworkSpec(32, 32), 100);
        yield return Case(BaseModel.MaskedAutoregressiveFlow, new NetworkSpec(3) { BatchNorm = false }, 2);
        yield return Case(BaseModel.Gaussian, NetworkSpec.None, 70);
        yield return Case(BaseModel.OneClassSvdd, NetworkSpec.LeNetMnist, 784);
        yield return Case(BaseModel.Autoencoder, NetworkSpec.LeNetFashionMnist, 784);
        yield return Case(BaseModel.Autoencoder, NetworkSpec.Parse("4x8-conv40-conv1-3"), 32);
        yield return Case(BaseModel.OneClassSvdd, NetworkSpec.Parse("conv1-1"), 64 * 64);

        static TestCaseData Case(BaseModel model, NetworkSpec network, int features) =>
            new TestCaseData(model, network, features).SetArgDisplayNames(model.Name, network.ToString(), $"{features}");
    }

    [TestCaseSource(nameof(Plans))]
    public void No_vectors_allocate_more_than_is_counted(BaseModel model, NetworkSpec network, int features)
    {
        Plan plan = model.WritePlan(network, features, epochs: 1);
        OnLanes<Lanes512>(plan);
        OnLanes<Lanes256>(plan);
        OnLanes<Lanes128>(plan);
        OnLanes<Lanes1>(plan);
    }

    [TestCaseSource(nameof(Plans))]
    public void No_more_is_counted_than_twice_what_the_widest_vectors_allocate(BaseModel model, NetworkSpec network, int features)
    {
        Plan plan = model.WritePlan(network, features, epochs: 1);
        long counted = ScoringSize.OfBuffers(plan, isStacked: false) + ScoringSize.OfNetworks(plan, 1, isStacked: false);
        long allocated = Allocated(() => new CpuScorer<Lanes512>(plan).CreateNetwork(View(features)));
        Assert.That(counted, Is.LessThan((2 * allocated) + 50_000));
    }

    [Test]
    public void What_a_detector_scores_and_explains_with_is_no_more_than_is_counted()
    {
        for (int i = 0; i < 150; i++)
        {
            AnomalyDetector first = SyntheticData.Loaded(ModelForge.Forge(new System.Random(i))), detector = null!;
            ScoringMemory memory = MemoryOf(first);
            float[] row = new float[first.Features], contributions = new float[first.Features];
            double[] wide = new double[first.Features];
            long allocated = Allocated(() =>
            {
                detector = new AnomalyDetector(first.Content);
                detector.Score(row);
                detector.Score(wide);
                detector.Explain(row, contributions);
            });

            // What is not of the scorer: names, the typical row.
            Assert.That(allocated, Is.LessThan(memory.Total + 50_000 + (200L * first.Features)), $"model {i}: {first.Options}");
        }
    }

    // Both were accepted: the first ended in an OverflowException, the second allocated gigabytes.
    [TestCase("conv8192-conv1-8", 128)]
    [TestCase("conv2000-conv16-8", 128)]
    [TestCase("conv1-conv2048-1", 256)]
    public void A_small_file_of_a_network_with_huge_activations_is_refused_before_they_are_made(string network, int side)
    {
        byte[] file = Images(NetworkSpec.Parse(network), side);
        string message = "";
        long allocated = Allocated(() => message = Assert.Throws<ModelFormatException>(() => SyntheticData.Loaded(file))!.Message);
        Assert.That(message, Does.StartWith("model: ").And.Contain("memory to score").Or.Contain("in one piece"));
        Assert.That(allocated, Is.LessThan(60L * file.Length));

        // No limit makes room for what no array can hold.
        var unlimited = new LoadOptions { MostScoringBytes = long.MaxValue };
        if (network.StartsWith("conv8192", StringComparison.Ordinal))
            Assert.That(() => AnomalyDetector.Load(new MemoryStream(file), "model", unlimited), Throws.TypeOf<ModelFormatException>());
    }

    [Test]
    public void A_limit_is_kept_to_the_byte_and_can_be_raised()
    {
        byte[] file = Images(NetworkSpec.Parse("conv16-conv8-4"), 32);
        AnomalyDetector detector = SyntheticData.Loaded(file);
        long needed = MemoryOf(detector).Total;
        AnomalyDetector atLimit = Load(needed);
        float[] rows = [.. Enumerable.Range(0, 200 * 1024).Select(i => (float)(i % 97))], expected = new float[200], actual = new float[200];
        detector.Score(rows, expected, threads: 8);
        atLimit.Score(rows, actual, threads: 8);
        Assert.That(actual, Is.EqualTo(expected));
        Assert.That(atLimit.Scorer.Shares.Parts(100_000, 8), Is.EqualTo(1), "one thread's buffers fill the limit");
        Assert.That(detector.Scorer.Shares.Parts(100_000, 8), Is.EqualTo(8));
        Assert.That(() => Load(needed - 1), Throws.TypeOf<ModelFormatException>()
            .With.Message.Contains(ScoringMemory.InWords(needed)).And.Message.Contains("MostScoringBytes").And.Message.Contains("--memory-limit"));
        Assert.That(() => new LoadOptions { MostScoringBytes = 0 }, Throws.TypeOf<ArgumentOutOfRangeException>());

        AnomalyDetector Load(long most) => AnomalyDetector.Load(new MemoryStream(file), "model", new LoadOptions { MostScoringBytes = most });
    }

    [Test]
    public void Another_imputation_keeps_the_limit()
    {
        byte[] file = AnomalyDetector.Fit(s_data, SyntheticData.Quick()).Detector.Saved();
        long needed = MemoryOf(SyntheticData.Loaded(file)).Total;
        AnomalyDetector detector = AnomalyDetector.Load(new MemoryStream(file), "model", new LoadOptions { MostScoringBytes = needed });
        Assert.That(SyntheticData.Loaded(file).Scorer.Shares.Parts(10_000_000, 8), Is.EqualTo(8));
        Assert.That(detector.Scorer.Shares.Parts(10_000_000, 8), Is.EqualTo(1));
        Assert.That(detector.With(Imputation.Mean).Scorer.Shares.Parts(10_000_000, 8), Is.EqualTo(1));
    }

    // What a fit makes by default of the published sets, and of images of 1000 x 1000.
    [TestCase("svdd", "lenet-mnist", 784, 28, 1)]
    [TestCase("ae", "lenet-fmnist", 784, 28, 1)]
    [TestCase("maf", "32-32", 784, 28, 1)]
    [TestCase("svdd", "128-64-32", 1555, 0, 1000)]
    [TestCase("gaussian", "none", 1555, 0, 1)]
    [TestCase("auto", "none", 1555, 0, 1)]
    [TestCase("svdd", "lenet-mnist", 1_000_000, 1000, 1)]
    public void The_default_limit_is_far_above_the_models_of_the_published_sets(string model, string network, int features, int side, int members)
    {
        FeatureColumn[] columns = [.. Enumerable.Range(1, features).Select(i => new FeatureColumn($"x{i}"))];
        ImageShape? image = side > 0 ? new ImageShape(side, side) : null;
        BaseModel named = BaseModel.Parse(model);
        var options = new FitOptions
        {
            Model = named, Network = named.HasNetwork ? NetworkSpec.Parse(network) : null, Training = new TrainingOptions { Ensemble = members, Termination = TerminationCriterion.Last },
        };
        options = options.FilledFor(new Dataset("data", new TableValues(new float[2 * features]), 2, columns, null, false) { Image = image });
        Plan[] plans = [.. options.AllFamilies.Select(family => family.Model.WritePlan(family.Network!, family.WidthIn(columns), 1))];
        ScoringMemory memory = ScoringMemory.Of(options, plans, 1, RowPreparation.Identity(columns));
        TestContext.Out.WriteLine(ScoringMemory.InWords(memory.Total));
        Assert.That(memory.Total, Is.LessThan(members > 1 || side > 28 ? ScoringMemory.Default : ScoringMemory.Default / 16));
    }

    [Test]
    public void Networks_whose_numbers_fill_the_file_need_no_option()
    {
        Assert.That(new LoadOptions().LimitOf(10), Is.EqualTo(2L << 30));
        Assert.That(new LoadOptions().LimitOf(1L << 30), Is.EqualTo(8L << 30));
        Assert.That(new LoadOptions { MostScoringBytes = 7 }.LimitOf(1L << 30), Is.EqualTo(7));
        var wide = new NetworkSpec(1000, 1000, 10);
        Plan plan = BaseModel.Autoencoder.WritePlan(wide, 500, 1);
        long tensors = (long)plan.Parameters.Length * sizeof(float);
        Assert.That(
            ScoringSize.OfNetworks(plan, 1, isStacked: false) + ScoringSize.OfBuffers(plan, isStacked: false),
            Is.LessThan(ScoringMemory.DefaultPerByte * tensors));
    }

    [Test]
    public void A_fit_says_where_its_model_will_need_more_than_a_file_may_take()
    {
        var images = new Dataset("images", [.. Enumerable.Range(0, 2 * 256 * 256).Select(i => i % 251 / 251f)], 2, 256 * 256) { Image = new ImageShape(256, 256) };
        FitOptions options = new()
        {
            Model = BaseModel.OneClassSvdd, Network = NetworkSpec.Parse("conv1-conv1-2"),
            Training = new TrainingOptions { Rounds = 0, Epochs = 1, Termination = TerminationCriterion.Last },
        };
        Assert.That(AnomalyDetector.Fit(images, options).Notes, Has.None.Contains("MostScoringBytes"));
        Assert.That(NotesOf(1000), Is.Empty);
        Assert.That(NotesOf(1200), Has.One.Contains("MostScoringBytes").And.Contains("--memory-limit").And.Contains("GiB"));

        // Training refuses it in words, too: its own buffers are larger still.
        Assert.That(
            () => AnomalyDetector.Fit(images, options with { Network = NetworkSpec.Parse("conv8192-conv1-2") }),
            Throws.InstanceOf<ArgumentException>().With.Message.Contains("in one piece"));
    }

    [Test]
    public void Averaged_rounds_of_the_default_that_no_file_could_hold_are_refused_at_the_fit() => Assert.That(
        () => AnomalyDetector.Fit(s_data, new FitOptions { Training = new TrainingOptions { Rounds = 10, Termination = TerminationCriterion.Average(0, 9) } }),
        Throws.InstanceOf<ArgumentException>().With.Message.Contains("1,000 networks"));

    private static string[] NotesOf(int side)
    {
        FitOptions options = new()
        {
            Model = BaseModel.OneClassSvdd, Network = NetworkSpec.LeNetMnist, Normalization = ImageNormalization.GlobalContrast,
            Training = new TrainingOptions { Termination = TerminationCriterion.Last },
        };
        RowPreparation preparation = RowPreparation.Identity([.. Enumerable.Range(1, side * side).Select(i => new FeatureColumn($"x{i}"))]);
        return DetectorFit.LargeNotes(options, [options.Model.WritePlan(options.Network!, side * side, 1)], preparation);
    }

    private static byte[] Images(NetworkSpec network, int side)
    {
        FeatureColumn[] columns = [.. Enumerable.Range(1, side * side).Select(i => new FeatureColumn($"x{i}"))];
        return ModelForge.Of(
            new FitOptions { Model = BaseModel.OneClassSvdd, Network = network, Training = new TrainingOptions { Rounds = 0, Epochs = 1 } }, columns,
            new ImageShape(side, side), new System.Random(1));
    }

    private static void OnLanes<T>(Plan plan)
        where T : struct, ILanes<T>
    {
        FeatureView view = View(plan.Features);
        var scorer = new CpuScorer<T>(plan);
        Assert.That(Allocated(() => new CpuScorer<T>(plan)), Is.LessThanOrEqualTo(ScoringSize.OfBuffers(plan, isStacked: false)), typeof(T).Name);
        Assert.That(
            Allocated(() => scorer.CreateNetwork(view)), Is.LessThanOrEqualTo(ScoringSize.OfNetworks(plan, 1, isStacked: false)), typeof(T).Name);
        if (!StackedScorer.Suits(plan, members: 5)) return;
        var stack = new StackedScorer<T>(plan);
        Assert.That(Allocated(() => new StackedScorer<T>(plan)), Is.LessThanOrEqualTo(ScoringSize.OfBuffers(plan, isStacked: true)), typeof(T).Name);
        foreach (int members in (int[])[5, 16, 17, 300])
        {
            Assert.That(
                Allocated(() => stack.CreateNetworks(members)), Is.LessThanOrEqualTo(ScoringSize.OfNetworks(plan, members, isStacked: true)),
                $"{typeof(T).Name}, {members}");
        }
    }

    private static FeatureView View(int features) => FeatureView.All(new FeatureScaler(new float[features], new float[features]));

    private static ScoringMemory MemoryOf(AnomalyDetector detector)
    {
        List<Plan> plans = [];
        foreach (DetectorMember member in detector.Content.Members)
        {
            if (plans.Count == 0 || !ReferenceEquals(plans[^1], member.Plan)) plans.Add(member.Plan);
        }

        return ScoringMemory.Of(detector.Options, plans, detector.Rounds.Count, detector.Content.Preparation);
    }

    // Of the second time: the first compiles what is measured.
    private static long Allocated(Func<object> make)
    {
        GC.KeepAlive(make());
        return Allocated(() => GC.KeepAlive(make()));
    }

    private static long Allocated(Action action)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
