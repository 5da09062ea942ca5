using IadNative.Data;
using IadNative.Detectors;
using IadNative.Models;
using IadNative.Networks;

namespace IadNative.Tests.Detectors;

/// <summary>
/// Small detectors of every kind, which tests of all of them share: every model, alone and averaged, detectors that mix models, columns
/// with levels, images.
/// </summary>
internal static class DetectorKinds
{
    /// <summary>Numbers of a row of most of them.</summary>
    public const int Features = 8;

    private static readonly Dataset s_data = Correlated(1000, seed: 1);

    private static readonly Dictionary<string, AnomalyDetector> s_fitted = [];

    /// <summary>All of them.</summary>
    public static IEnumerable<string> All =>
    [
        .. BaseModel.Names, .. BaseModel.All.Where(model => model.HasNetwork).Select(model => $"{model.Name} x3"),
        "mixed", "mixed of one scale",
        "categories svdd", "categories ae", "categories maf", "categories auto", "images svdd", "images sdor", "images dagpr", "images ae", "images ae sigmoid",
        "images auto",
    ];

    /// <summary>Those that see eight numbers.</summary>
    public static IEnumerable<string> TablesOfNumbers => All.Where(kind => !kind.Contains("categories") && !kind.Contains("images"));

    /// <summary>Rows like those that they were fitted to, and others than these.</summary>
    public static Dataset Others { get; } = Correlated(100, seed: 2);

    /// <summary>The detector of a kind, fitted once.</summary>
    public static AnomalyDetector Fitted(string kind)
    {
        lock (s_fitted)
        {
            if (!s_fitted.TryGetValue(kind, out AnomalyDetector? detector)) s_fitted[kind] = detector = Fit(kind);
            return detector;
        }
    }

    private static AnomalyDetector Fit(string kind)
    {
        string[] words = kind.Split(' ');
        bool isTable = words[0] != "images";
        string name = words[0] is "categories" or "images" ? words[1] : words[0];
        if (name == "mixed")
            return AnomalyDetector.Fit(s_data, Mixed(words.Length == 1 ? MemberScale.Quartiles : MemberScale.DivideByMedian)).Detector;
        BaseModel model = words[^1] == "sigmoid" ? new Autoencoder { HasSigmoid = true } : BaseModel.Parse(name);
        var options = new FitOptions { Model = model, Threads = 1, Training = new() { Seed = 3 } };
        if (model is not AutomaticCommittee)
        {
            options = options with
            {
                Network = isTable ? null : NetworkSpec.Parse(name is "maf" or "oneflow" ? "8" : "conv4-conv3-6").On(model),
                Training = options.Training with { Rounds = 1, Ensemble = words[^1][0] == 'x' ? words[^1][1] - '0' : 1 },
            };
        }

        if (name == "maf" && isTable)
            options = options with { Network = new NetworkSpec(16), Training = options.Training with { Epochs = 20, LearningRate = 1e-3 } };
        return AnomalyDetector.Fit(words[0] switch { "categories" => Categories(), "images" => Images(), _ => s_data }, options).Detector;
    }

    // Families that are scored together and one by one.
    private static FitOptions Mixed(MemberScale scale) => new()
    {
        Families =
        [
            new() { Network = new NetworkSpec(8, 4), Count = 3 },
            new() { Model = BaseModel.Autoencoder, Network = new NetworkSpec(8, 3), Count = 5 },
            .. scale == MemberScale.Quartiles
                ? (DetectorFamily[])[new() { Model = BaseModel.MaskedAutoregressiveFlow, Network = new NetworkSpec(16), Count = 4 }] : [],
            new() { Model = BaseModel.Gaussian },
            new() { Network = new NetworkSpec(8, 4), Count = 11, ColumnsPerMember = 4 },
        ],
        MemberScale = scale,
        Threads = 1,
        Training = new() { Rounds = 1, Seed = 3 },
    };

    /// <summary>Rows of its columns, as many as it may take to tell them apart.</summary>
    public static double[] RowsOf(string kind)
    {
        Dataset data = kind.Split(' ')[0] switch { "categories" => Categories(), "images" => Images(), _ => Others };
        return [.. data.Values.Select(value => (double)value)];
    }

    private static Dataset Correlated(int rows, int seed)
    {
        var random = new System.Random(seed);
        float[] values = new float[rows * Features];
        for (int i = 0; i < rows; i++)
        {
            double a = Gaussian(random), b = Gaussian(random);
            for (int j = 0; j < Features; j++)
            {
                double own = (Math.Sqrt(0.6) * (j % 2 == 0 ? a : b)) + (Math.Sqrt(0.4) * Gaussian(random));
                values[(i * Features) + j] = (float)((10 * j) + ((j + 1) * own));
            }
        }

        return new Dataset("correlated", values, rows, Features);
    }

    private static Dataset Categories()
    {
        var random = new System.Random(7);
        FeatureColumn[] columns =
        [
            new("a"), new("b", FeatureKind.Category) { Levels = ["low", "middle", "high"] }, new("c"), new("d", FeatureKind.Boolean),
            new("e"),
        ];
        float[] values = new float[120 * 5];
        for (int i = 0; i < 120; i++)
        {
            double a = Gaussian(random);
            int level = a < -0.5 ? 0 : a < 0.5 ? 1 : 2;
            float[] row = [(float)a, level, (float)(a + (0.3 * Gaussian(random))), a > 0 ? 1 : 0, (float)Gaussian(random)];
            row.CopyTo(values, i * 5);
        }

        return new Dataset("categories", new TableValues(values), 120, columns, null, true);
    }

    private static Dataset Images()
    {
        var random = new System.Random(9);
        float[] values = new float[60 * 8 * 12];
        for (int i = 0; i < values.Length; i++) values[i] = (float)(Math.Sin(i % 12 * 0.5) + (0.3 * Gaussian(random)));
        return new Dataset("images", values, 60, 96) { Image = new ImageShape(8, 12) };
    }

    private static double Gaussian(System.Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
