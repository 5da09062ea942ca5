using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using System.Xml.Linq;
using IadNative.Cuda;
using IadNative.Data;
using IadNative.Extensions.Hosting;
using IadNative.Fleet;
using IadNative.Fleet.PostgreSql;
using IadNative.Iad;
using IadNative.Networks;
using IadNative.ML;
using IadNative.Onnx;
using IadNative.Parquet;
using IadNative.Tests.Detectors;

namespace IadNative.Tests.Api;

/// <summary>
/// Every public constructor, method and property is called with arguments that nobody should pass. It may throw what its documentation
/// says, and <see cref="ArgumentNullException"/> for null; it may not throw anything else, and not end the process.
/// </summary>
public sealed class PublicAttackTests
{
    private const int MostCalls = 500;

    private static readonly Assembly[] s_packages =
    [
        typeof(AnomalyDetector).Assembly, typeof(CudaDevice).Assembly, typeof(ParquetFormat).Assembly, typeof(IAnomalyDetectorProvider).Assembly,
        typeof(IadTransformer).Assembly, typeof(OnnxExport).Assembly, typeof(FleetPlan).Assembly, typeof(PostgreSqlFleets).Assembly,
    ];

    private static readonly Dictionary<string, XElement> s_documentation = s_packages
        .SelectMany(package => XDocument.Load(Path.Combine(AppContext.BaseDirectory, package.GetName().Name + ".xml")).Descendants("member"))
        .ToDictionary(member => member.Attribute("name")!.Value);

    private static readonly Dataset s_table = SyntheticData.Contaminated(n: 24, d: 3);

    private static readonly Lazy<AnomalyDetector[]> s_detectors = new(() => [.. Detectors()]);

    private readonly SortedSet<string> _faults = new(StringComparer.Ordinal);

    [Test]
    public void Every_member_throws_nothing_but_what_it_documents()
    {
        (string Member, Action Call)[] byHand = [.. ByHand()];
        HashSet<string> names = [.. byHand.Select(entry => entry.Member)];
        foreach ((string member, Action call) in byHand) Attack(member, null, call);
        int calls = byHand.Length;
        var left = new List<string>();
        foreach (Type type in s_packages.SelectMany(package => package.GetExportedTypes()).Where(type => !type.IsInterface && !type.IsEnum))
        {
            foreach (MethodBase member in Members(type))
            {
                string name = NameOf(member);
                if (names.Remove(name) || names.Contains(name)) continue;
                if (TakesSpans(member)) left.Add(name);
                else calls += Attack(type, member, name);
            }

            calls += AttackProperties(type);
        }

        TestContext.Out.WriteLine($"{calls} calls");
        Assert.That(left, Is.Empty, "members of spans that are called by hand nowhere");
        Assert.That(names, Is.Empty, "called by hand, but no such member");
        Assert.That(_faults, Is.Empty);
        Assert.That(calls, Is.GreaterThan(5_000));
    }

    private static IEnumerable<MethodBase> Members(Type type) => type
        .GetMembers(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly).OfType<MethodBase>()
        .Where(member => member.GetCustomAttribute<CompilerGeneratedAttribute>() is null
            && !(member.IsSpecialName && (member.Name.StartsWith("get_", StringComparison.Ordinal) || member.Name.StartsWith("set_", StringComparison.Ordinal)))
            && !(member is ConstructorInfo && type.IsAbstract));

    private static bool TakesSpans(MethodBase member) =>
        member.GetParameters().Any(parameter => parameter.ParameterType.IsByRefLike || parameter.ParameterType.IsByRef)
        || member is MethodInfo { ReturnType.IsByRefLike: true };

    private int Attack(Type type, MethodBase member, string name)
    {
        object?[][] pools = [.. member.GetParameters().Select(parameter => Pool(parameter.ParameterType))];
        object?[] targets = member.IsStatic || member is ConstructorInfo ? [null] : [.. Pool(type).Where(value => value is not null)];
        int calls = 0;
        foreach (object? target in targets)
        {
            foreach (object?[] arguments in Choices(pools))
            {
                Attack(name, member, () => _ = member is ConstructorInfo constructor ? constructor.Invoke(arguments) : member.Invoke(target, arguments));
                calls++;
            }
        }

        return calls;
    }

    // What can be set is set to anything; then whatever can be read is read, and checked where there is a check.
    private int AttackProperties(Type type)
    {
        PropertyInfo[] properties = [.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static)
            .Where(property => property.GetIndexParameters().Length == 0 && !property.PropertyType.IsByRefLike)];
        int calls = 0;
        bool isMade = !type.IsAbstract && (type.IsValueType || type.GetConstructor(Type.EmptyTypes) is not null)
            && !HasRequired(type);
        foreach (PropertyInfo property in properties.Where(property => isMade && property.SetMethod is { IsPublic: true, IsStatic: false }))
        {
            foreach (object? value in Pool(property.PropertyType))
            {
                object target = Activator.CreateInstance(type)!;
                bool isSet = false;
                Attack(NameOf(property), property, () =>
                {
                    property.SetValue(target, value);
                    isSet = true;
                });
                calls++;
                if (isSet && type.GetMethod("Validate", Type.EmptyTypes) is { } validate)
                    Attack(NameOf(validate), validate, () => validate.Invoke(target, []));
            }
        }

        foreach (object? target in Pool(type).Where(value => value is not null))
        {
            foreach (PropertyInfo property in properties.Where(property => property.GetMethod is { IsPublic: true }))
            {
                Attack(NameOf(property), property, () => property.GetValue(target));
                calls++;
            }
        }

        return calls;
    }

    private void Attack(string name, MemberInfo? member, Action call)
    {
        try
        {
            call();
        }
        catch (Exception thrown)
        {
            Exception exception = thrown is TargetInvocationException { InnerException: { } inner } ? inner : thrown;
            if (exception is ArgumentNullException || Documented(name, member).Any(type => IsA(exception, type))) return;
            if (_faults.Count < 60) _faults.Add($"{name}: {exception.GetType().Name} {exception.Message.Split('\n')[0]} {exception.StackTrace?.Split('\n')[0]}");
        }
    }

    private static bool IsA(Exception exception, string type)
    {
        for (Type? own = exception.GetType(); own is not null; own = own.BaseType)
        {
            if (type == $"T:{own.FullName}") return true;
        }

        return false;
    }

    private static IEnumerable<string> Documented(string name, MemberInfo? member)
    {
        if (s_documentation.TryGetValue(name, out XElement? element))
        {
            foreach (XElement exception in element.Elements("exception")) yield return exception.Attribute("cref")!.Value;
        }

        for (Type? type = member?.DeclaringType?.BaseType; type is not null; type = type.BaseType)
        {
            string inherited = name.Replace($":{member!.DeclaringType!.FullName}.", $":{type.FullName}.", StringComparison.Ordinal);
            if (!s_documentation.TryGetValue(inherited, out element)) continue;
            foreach (XElement exception in element.Elements("exception")) yield return exception.Attribute("cref")!.Value;
        }
    }

    // All of them where they are few, and a sample, the same each time, where they are many.
    private static IEnumerable<object?[]> Choices(object?[][] pools)
    {
        double all = pools.Aggregate(1.0, (product, pool) => product * pool.Length);
        var random = new System.Random(7);
        for (int i = 0; i < Math.Min(all, MostCalls); i++)
        {
            object?[] choice = new object?[pools.Length];
            long rest = i;
            for (int k = 0; k < pools.Length; k++)
            {
                choice[k] = all <= MostCalls ? pools[k][rest % pools[k].Length] : pools[k][random.Next(pools[k].Length)];
                rest /= pools[k].Length;
            }

            yield return choice;
        }
    }

    private static string NameOf(PropertyInfo property) => $"P:{property.DeclaringType!.FullName}.{property.Name}";

    // As the documentation writes it.
    private static string NameOf(MethodBase member)
    {
        string name = $"M:{member.DeclaringType!.FullName}.{(member is ConstructorInfo ? "#ctor" : member.Name)}";
        ParameterInfo[] parameters = member.GetParameters();
        return parameters.Length == 0 ? name : $"{name}({string.Join(',', parameters.Select(parameter => NameOf(parameter.ParameterType)))})";
    }

    private static string NameOf(Type type)
    {
        if (type.IsByRef) return NameOf(type.GetElementType()!) + "@";
        if (type.IsArray) return NameOf(type.GetElementType()!) + "[]";
        if (!type.IsGenericType) return type.FullName!.Replace('+', '.');
        string name = type.GetGenericTypeDefinition().FullName!;
        return new StringBuilder(name[..name.IndexOf('`', StringComparison.Ordinal)]).Append('{')
            .AppendJoin(',', type.GetGenericArguments().Select(NameOf)).Append('}').ToString();
    }

    // What the compiler does not let anybody make without them.
    private static bool HasRequired(Type type) => type.GetCustomAttributes().Any(attribute => attribute.GetType().Name == "RequiredMemberAttribute");

    private static object?[] Pool(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } underlying) return [null, .. Pool(underlying)];
        if (type.IsEnum) return [.. Enum.GetValues(type).Cast<object>(), Enum.ToObject(type, -1), Enum.ToObject(type, 99)];
        if (s_pools.TryGetValue(type, out Func<object?[]>? pool)) return pool();
        if (type.IsInterface || type.IsAbstract) return [null];
        object?[] own = type.GetConstructor(Type.EmptyTypes) is not null && !HasRequired(type)
            ? [Activator.CreateInstance(type)]
            : [];
        return type.IsValueType ? [Activator.CreateInstance(type)] : [null, .. own];
    }

    private static readonly Dictionary<Type, Func<object?[]>> s_pools = new()
    {
        [typeof(int)] = () => [int.MinValue, -1, 0, 1, 2, 3, 24, 72, 16_385, int.MaxValue],
        [typeof(long)] = () => [long.MinValue, -1L, 0L, 1L, long.MaxValue],
        [typeof(ulong)] = () => [0ul, ulong.MaxValue],
        [typeof(bool)] = () => [false, true],
        [typeof(char)] = () => ['\0', ',', '"', '\n', '\ud800', 'é'],
        [typeof(float)] = () => [float.NaN, float.NegativeInfinity, -1f, 0f, 0.5f, 1e-45f, float.MaxValue, float.PositiveInfinity],
        [typeof(double)] = () => [double.NaN, double.NegativeInfinity, -1.0, 0.0, 0.5, 1.0, 5e-324, 1e308, double.PositiveInfinity],
        [typeof(string)] = () =>
        [
            null, "", "a", "x1", "\u001b]0;x\u0007\ud800", "32-16-8", "16x16-conv4-2", "top:99999999999", "average:2-1", "fixed:-3", "quantile:NaN",
            "none", new string('9', 5_000), "no\0file", "/", "/no/such/file",
        ],
        [typeof(object)] = () => [null, "text", 3],
        [typeof(float[])] = () => [null, Array.Empty<float>(), new float[72], new float[] { float.NaN }, new float[] { 1, float.PositiveInfinity, 3 }],
        [typeof(double[])] = () => [null, Array.Empty<double>(), new double[72], new double[] { double.NaN }, new double[] { 1, 1e300, 3 }],
        [typeof(bool[])] = () => [null, Array.Empty<bool>(), new bool[24], new bool[3]],
        [typeof(Encoding)] = () => [null, Encoding.UTF8, Encoding.Unicode],
        [typeof(Exception)] = () => [null, new InvalidOperationException()],
        [typeof(CancellationToken)] = () => [CancellationToken.None, new CancellationToken(canceled: true)],
        [typeof(IReadOnlyList<string>)] = () => [null, Array.Empty<string>(), new[] { "a", "b", "c" }, new[] { "a", null!, "a" }, new string[24]],
        [typeof(IReadOnlyCollection<string>)] = () => [null, Array.Empty<string>(), new[] { "0" }, new[] { "0", null! }],
        [typeof(IReadOnlyList<int>)] = () => [null, Array.Empty<int>(), new[] { 0 }, new[] { 0, 0 }, new[] { -1 }, new[] { int.MaxValue }, new int[100]],
        [typeof(IReadOnlyList<(double, double)>)] = () => [null, Array.Empty<(double, double)>(), new[] { (double.NaN, 0.5), (1e308, -1e308) }],
        [typeof(IReadOnlyList<DatasetFormat>)] = () => [null, Array.Empty<DatasetFormat>(), new DatasetFormat[1], new DatasetFormat[] { new ParquetFormat() }],
        [typeof(IReadOnlyList<DetectorFamily>)] = () =>
            [null, Array.Empty<DetectorFamily>(), new DetectorFamily[1], new DetectorFamily[] { new(), new() { Count = int.MaxValue }, new() { Count = int.MaxValue } }],
        [typeof(Stream)] = () => [null, Stream.Null, new MemoryStream([1, 2, 3]), new MemoryStream(s_detectors.Value[0].Saved())],
        [typeof(ImageShape)] = () => [default(ImageShape), new ImageShape(1, 1), new ImageShape(1, 3), new ImageShape(int.MaxValue, int.MaxValue), new ImageShape(4, 4)],
        [typeof(LoadOptions)] = () => [null, new LoadOptions(), new LoadOptions { MostScoringBytes = 1 }],
        [typeof(NetworkSpec)] = () => [null, NetworkSpec.None, new NetworkSpec(3, 2), NetworkSpec.LeNetMnist, NetworkSpec.Parse("1x3-conv65536-1"), new NetworkSpec(65_536, 65_536)],
        [typeof(BaseModel)] = () => [null, BaseModel.Auto, .. BaseModel.All, new SoftBoundarySvdd { Nu = double.NaN }, new OneClassSvdd { PretrainEpochs = -1 }],
        [typeof(TerminationCriterion)] = () => [null, TerminationCriterion.Last, TerminationCriterion.Fixed(int.MaxValue), TerminationCriterion.Average(0, int.MaxValue)],
        [typeof(ThresholdRule)] = () => [default(ThresholdRule), ThresholdRule.Radius, ThresholdRule.Top(int.MaxValue), ThresholdRule.AtQuantile(1e-320)],
        [typeof(TrainingOptions)] = () => [null, new TrainingOptions(), new TrainingOptions { Rounds = int.MaxValue }, new TrainingOptions { LearningRate = double.NaN }],
        [typeof(FeatureColumn)] = () => [null, new FeatureColumn("a"), new FeatureColumn(null!), new FeatureColumn("a", (FeatureKind)77) { Levels = ["x", "x", null!] }],
        [typeof(DetectorFamily)] = () => [null, new DetectorFamily(), new DetectorFamily { Columns = [7] }],
        [typeof(Dataset)] = Tables,
        [typeof(FitOptions)] = Fits,
        [typeof(AnomalyDetector)] = () => [null, .. s_detectors.Value],
        [typeof(DatasetReadOptions)] = () =>
            [null, new DatasetReadOptions(), new DatasetReadOptions { Drop = null! }, new DatasetReadOptions { Label = "a", Missing = (MissingValues)9 }],
        [typeof(RowBatchReader)] = () => [null, Batches(), Batches("a,b,c,k\n1,2,x,3\n")],
        [typeof(RowBatch)] = () => [null, Batches().CreateBatch()],
        [typeof(RobustOptions)] = () => [null, new RobustOptions(), new RobustOptions { Ensemble = 0 }],
        [typeof(CudaDevice)] = () => [null],
        // Nobody listens there.
        [typeof(PostgreSqlFleets)] = () => [null, new PostgreSqlFleets("Host=127.0.0.1;Port=1;Timeout=1")],
    };

    private static RowBatchReader Batches(string text = "a,b,c,k\n1,2,3,0\n4,5,6,1\n") =>
        DatasetReader.OpenBatches(new MemoryStream(Encoding.UTF8.GetBytes(text)), "text", new DatasetReadOptions { Label = "k" });

    private static object?[] Tables()
    {
        var broken = new Dataset("broken", new float[72], 24, 3, new bool[24]);
        Array.Fill(broken.Values, float.NaN);
        var infinite = new Dataset("infinite", (float[])s_table.Values.Clone(), 24, 3);
        infinite.Values[5] = float.PositiveInfinity;
        return
        [
            null, s_table, new Dataset("one", [1f], 1, 1), new Dataset("same", new float[72], 24, 3), broken, infinite,
            new Dataset("names", new float[6], 2, 3, [true, false], ["a", "a", "b"]) { Classes = ["0", null!] },
            new Dataset("images", new float[4 * 16], 4, 16) { Image = new ImageShape(4, 4) },
            new Dataset("wide", [1e300 / 1e270, 2, 3, 4, 5, 6], 2, 3),
        ];
    }

    private static object?[] Fits()
    {
        FitOptions quick = SyntheticData.Quick();
        TrainingOptions training = quick.Training with { Rounds = 0, Epochs = 1 };
        quick = quick with { Training = training };
        return
        [
            null, quick, quick with { Model = null! }, quick with { Training = null! }, quick with { Families = null! }, quick with { Families = [null!] },
            quick with { Network = NetworkSpec.None }, quick with { Network = null }, quick with { Network = NetworkSpec.Parse("conv8192-conv1-2") },
            quick with { Network = NetworkSpec.Parse("1x3-conv1-1") }, quick with { Network = new NetworkSpec(65_536, 65_536) },
            quick with { Threads = -1 }, quick with { Threads = int.MaxValue }, quick with { MemberScale = (MemberScale)9 }, quick with { Normalization = ImageNormalization.L1 },
            quick with { Normalization = (ImageNormalization)9 }, quick with { Scaling = (FeatureScaling)9 }, quick with { Imputation = (Imputation)9 },
            quick with { Threshold = ThresholdRule.Radius }, quick with { Threshold = ThresholdRule.Top(int.MaxValue) },
            quick with { Threshold = ThresholdRule.AtQuantile(1e-320) }, quick with { Training = training with { BatchSize = 1 } },
            quick with { Training = training with { BatchSize = 1 << 20 } }, quick with { Training = training with { BatchSize = int.MaxValue } },
            quick with { Training = training with { LearningRate = 10, WeightDecay = 10, InverseTau = 1e6 } }, quick with { Training = training with { InverseTau = 5e-324 } },
            quick with { Training = training with { Epochs = int.MaxValue } }, quick with { Training = training with { Seeds = 0 } },
            quick with { Training = training with { Ensemble = int.MaxValue } }, quick with { Training = training with { Ensemble = 3, Seed = ulong.MaxValue, Seeds = 2 } },
            quick with { Training = training with { Between = (BetweenRounds)9 } }, quick with { Training = training with { Termination = null! } },
            quick with { Training = training with { Termination = TerminationCriterion.Average(0, int.MaxValue) } },
            quick with { Families = [new DetectorFamily { Columns = [7] }] }, quick with { Families = [new DetectorFamily { Columns = [] }] },
            quick with { Families = [new DetectorFamily { Columns = [0, 0] }] }, quick with { Families = [new DetectorFamily { Columns = [-1] }] },
            quick with { Families = [new DetectorFamily { Count = int.MaxValue }, new DetectorFamily { Count = int.MaxValue }] },
            quick with { Families = [new DetectorFamily { ColumnsPerMember = int.MaxValue, RowsPerMember = int.MaxValue, Steps = 1 }] },
            quick with { Families = [new DetectorFamily { Range = 1e6, LearningRate = 5e-324 }, new DetectorFamily { Model = BaseModel.Gaussian }] },
            quick with { Families = [new DetectorFamily { Weight = double.NaN }], MemberScale = MemberScale.Quartiles },
            quick with { Model = BaseModel.Gaussian, Network = null }, quick with { Model = BaseModel.MaskedAutoregressiveFlow, Network = new NetworkSpec(1) },
            new FitOptions { Training = new TrainingOptions { Termination = TerminationCriterion.Average(0, 9), Rounds = 9 } },
        ];
    }

    private static IEnumerable<AnomalyDetector> Detectors()
    {
        FitOptions quick = SyntheticData.Quick();
        quick = quick with { Training = quick.Training with { Rounds = 0, Epochs = 1 } };
        foreach (BaseModel model in BaseModel.All)
            yield return AnomalyDetector.Fit(s_table, quick with { Model = model, Network = new NetworkSpec(3, 2).On(model), Training = quick.Training with { Ensemble = model is Autoencoder ? 2 : 1 } }).Detector;
        yield return AnomalyDetector.Fit(s_table, new FitOptions
        {
            MemberScale = MemberScale.Quartiles, Training = new TrainingOptions { Rounds = 1, Epochs = 1 },
            Families = [new DetectorFamily { Network = new NetworkSpec(4, 2), Count = 9, ColumnsPerMember = 2 }, new DetectorFamily { Model = BaseModel.Gaussian, Columns = [2, 0] }],
        }).Detector;
        float[] pixels = [.. Enumerable.Range(0, 6 * 64).Select(i => i * 37 % 101 / 101f)];
        yield return AnomalyDetector.Fit(
            new Dataset("images", pixels, 6, 64) { Image = new ImageShape(8, 8) }, quick with { Model = BaseModel.Autoencoder, Network = NetworkSpec.Parse("conv2-conv1-2") }).Detector;
    }

    private static readonly float[] s_fills = [0, float.NaN, float.PositiveInfinity, -float.MaxValue, 1e30f];

    // Reflection cannot pass spans, and what takes long or runs somebody else's code is chosen with care.
    private static IEnumerable<(string Member, Action Call)> ByHand() =>
    [
        .. OfDetectors(), .. OfMetrics(), .. OfRobustTraining(),
        .. new[] { int.MinValue, -1, 0, 23, 24, int.MaxValue }.SelectMany(row => (IEnumerable<(string, Action)>)
        [
            ("M:IadNative.Dataset.Row(System.Int32)", () => s_table.Row(row)),
            .. new[] { 0, 2, 3, 4 }.Select(length => ("M:IadNative.Dataset.CopyRow(System.Int32,System.Span{System.Double})", (Action)(() => s_table.CopyRow(row, new double[length])))),
        ]),
        .. new int[][] { [], [0], [-1], [65_537], [1, 2], new int[65], [int.MaxValue] }.Select(widths =>
            ("M:IadNative.NetworkSpec.#ctor(System.ReadOnlySpan{System.Int32})", (Action)(() => _ = new NetworkSpec(widths)))),
    ];

    private static IEnumerable<(string, Action)> OfDetectors()
    {
        const string of = "M:IadNative.AnomalyDetector.", scoring = "M:IadNative.ScoringDetector.", single = "System.ReadOnlySpan{System.Single}", wide = "System.ReadOnlySpan{System.Double}", scores = "System.Span{System.Single}";
        var pool = new ScoringPool();
        foreach (AnomalyDetector detector in s_detectors.Value)
        {
            ScoringDetector pooled = pool.Add(detector);
            int d = detector.Features;
            foreach (int length in (int[])[0, 1, d - 1, d, d + 1, 3 * d, (3 * d) + 1, 49 * d])
            {
                foreach (float fill in s_fills)
                {
                    float[] row = new float[length];
                    Array.Fill(row, fill);
                    double[] doubles = Array.ConvertAll(row, x => x == -float.MaxValue ? double.MinValue : x);
                    yield return ($"{scoring}Score({single})", () => detector.Score(row));
                    yield return ($"{scoring}Score({single})", () => pooled.Score(row));
                    yield return ($"{of}Drift({single})", () => detector.Drift(row));
                    yield return ($"{scoring}Score({wide})", () => detector.Score(doubles));
                    yield return ($"{of}Irregularities({wide})", () => detector.Irregularities(doubles));
                    yield return ($"{of}Irregularities({single})", () => detector.Irregularities(row));
                    foreach (int count in (int[])[0, 1, 3, 49])
                    {
                        foreach (int threads in (int[])[-1, 0, 1, int.MaxValue])
                        {
                            yield return ($"{scoring}Score({single},{scores},System.Int32)", () => detector.Score(row, new float[count], threads));
                            yield return ($"{scoring}Score({wide},{scores},System.Int32)", () => detector.Score(doubles, new float[count], threads));
                            yield return ($"{scoring}Score({wide},{scores},System.Int32)", () => pooled.Score(doubles, new float[count], threads));
                        }

                        yield return ($"{of}Explain({single},{scores})", () => detector.Explain(row, new float[count]));
                        yield return ($"{of}Explain({wide},{scores})", () => detector.Explain(doubles, new float[count]));
                    }

                    yield return ($"{of}Explain({single},{scores})", () => detector.Explain(row, new float[length]));
                    yield return ($"{of}Explain({wide},{scores})", () => detector.Explain(doubles, new float[length]));
                }
            }
        }
    }

    private static IEnumerable<(string, Action)> OfMetrics()
    {
        const string single = "System.ReadOnlySpan{System.Single}", bools = "System.ReadOnlySpan{System.Boolean}", ints = "System.ReadOnlySpan{System.Int32}";
        foreach (float[] scores in (float[][])[[], [1], [float.NaN], [1, 2, float.NaN], [0f, -0f, 0f], [float.PositiveInfinity, 1, float.NegativeInfinity]])
        {
            foreach (bool[] labels in (bool[][])[[], [true], [true, false, true], new bool[3], new bool[9]])
            {
                yield return ($"M:IadNative.RocAuc.Compute({single},{bools})", () => RocAuc.Compute(scores, labels));
                yield return ($"M:IadNative.RocAuc.TryCompute({single},{bools},System.Double@)", () => RocAuc.TryCompute(scores, labels, out _));
                yield return ($"M:IadNative.RocCurve.Points({single},{bools})", () => RocCurve.Points(scores, labels));
                yield return ($"M:IadNative.PrecisionRecallCurve.Points({single},{bools})", () => PrecisionRecallCurve.Points(scores, labels));
                foreach (float threshold in (float[])[float.NaN, 0, float.PositiveInfinity])
                    yield return ($"M:IadNative.ThresholdQuality.Of({single},{bools},System.Single)", () => ThresholdQuality.Of(scores, labels, threshold));
                foreach (int[] order in (int[][])[[], [0], [0, 1, 2], [2, 1, 0], [0, 0, 0], [-1, 5, int.MaxValue], [int.MinValue, 1, 2]])
                {
                    yield return ($"M:IadNative.RocAuc.Compute({single},{bools},{ints})", () => RocAuc.Compute(scores, labels, order));
                    yield return ($"M:IadNative.RocAuc.TryCompute({single},{bools},{ints},System.Double@)", () => RocAuc.TryCompute(scores, labels, order, out _));
                }
            }
        }
    }

    private static IEnumerable<(string, Action)> OfRobustTraining()
    {
        const string run = "M:IadNative.RobustTraining.Run(System.Int32,System.Func{System.UInt64,System.Int32,IadNative.IWeightedDetector},"
            + "IadNative.RobustOptions,System.Collections.Generic.IReadOnlyList{System.Boolean},System.IProgress{IadNative.TrainingProgress},System.Threading.CancellationToken)";
        const string combine = "M:IadNative.RobustResult.Combine(System.ReadOnlySpan{System.Single})";
        RobustOptions quick = new() { Rounds = 2 };
        RobustOptions[] options =
        [
            quick, quick with { Ensemble = 2 }, quick with { Ensemble = 2, Scale = MemberScale.SubtractMedian }, quick with { Ensemble = -1 }, quick with { Rounds = -1 },
            quick with { Seeds = 2, Seed = ulong.MaxValue }, quick with { Termination = null! }, quick with { Termination = TerminationCriterion.Average(1, 2) },
            quick with { Scale = MemberScale.Quartiles }, quick with { InverseTau = double.NaN }, quick with { InverseTau = 5e-324 }, quick with { InverseTau = 1e6 },
        ];
        foreach (int samples in (int[])[int.MinValue, -1, 0, 1, 2, 7])
        {
            foreach (Hostility hostility in Enum.GetValues<Hostility>())
            {
                foreach (RobustOptions chosen in options)
                {
                    foreach (bool[]? labels in (bool[]?[])[null, [], [true, false], [true, false, true, false, true, false, true], new bool[7]])
                        yield return (run, () => RobustTraining.Run(samples, (_, _) => hostility == Hostility.None ? null! : new Hostile(hostility), chosen, labels));
                }
            }
        }

        yield return (run, () => RobustTraining.Run(7, null!));
        RobustResult result = RobustTraining.Run(7, (_, _) => new Hostile(Hostility.Sound), quick with { Ensemble = 2 });
        foreach (RobustResult changed in (RobustResult[])[result, result with { Medians = [] }, result with { Detectors = [] }, result with { Detectors = [], Medians = [] }, result with { Scale = (MemberScale)9 }])
        {
            foreach (float[] scores in (float[][])[[], [1], [1, float.NaN], new float[3]]) yield return (combine, () => changed.Combine(scores));
        }
    }

    private enum Hostility
    {
        None,
        Sound,
        Unwritten,
        Infinite,
        Equal,
        Zero,
        BadLoss,
        Throws,
        ThrowsCancelled,
        ThrowsInKeep,
    }

    /// <summary>A detector of a user's that does not do what it should.</summary>
    private sealed class Hostile(Hostility hostility) : IWeightedDetector
    {
        public double? Loss => hostility == Hostility.BadLoss ? double.NaN : 1;

        public bool ScoresUntrained => hostility is Hostility.Sound or Hostility.Infinite;

        public void Train(ReadOnlySpan<float> weights, CancellationToken cancellationToken)
        {
            if (hostility == Hostility.Throws) throw new InvalidDataException();
            if (hostility == Hostility.ThrowsCancelled) throw new OperationCanceledException();
        }

        public void Score(Span<float> scores)
        {
            for (int i = 0; i < scores.Length && hostility != Hostility.Unwritten; i++)
                scores[i] = hostility switch { Hostility.Infinite => float.NegativeInfinity, Hostility.Equal => 1, Hostility.Zero => 0, _ => i };
        }

        public void Keep()
        {
            if (hostility == Hostility.ThrowsInKeep) throw new NotSupportedException();
        }
    }
}
