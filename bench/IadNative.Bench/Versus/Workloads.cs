using IadNative.Compute;
using IadNative.Data;
using IadNative.Detectors;
using IadNative.Iad;
using IadNative.Models;
using IadNative.Networks;
using IadNative.Random;

namespace IadNative.Bench.Versus;

/// <summary>
/// All comparisons but the cold start. Each network stands in two configurations: the one that the peers were first measured in,
/// which has a goal, and, as NAME-spec, the one that a user gets without options.
/// </summary>
internal static class Workloads
{
    private const int ImageRows = 2_000, ImagePixels = 784, ImageBatch = 200, TableBatch = 128, BlockRows = 1_024;
    private const double ImageRate = 1e-4, TableRate = 1e-3;

    private static readonly Lazy<Dataset> s_satellite = new(SatelliteData.Read), s_images = new(MakeImages);

    public static IReadOnlyList<Workload> All { get; } =
    [
        .. Step("step-svdd", "step SVDD 36-32-16-8, b 128", 10, small: true, Table, BaseModel.OneClassSvdd, Svdd, SvddSpec),
        .. Step("step-ae", "step AE 36-32-16-8-16-32-36, b 128", 10, small: true, Table, BaseModel.Autoencoder, Ae, AeSpec),
        .. Step("step-maf36", "step MAF d 36, b 128", 7, small: true, Table, BaseModel.MaskedAutoregressiveFlow, Maf, MafSpec),
        .. Step("step-maf784", "step MAF d 784, b 200", 3, small: false, Images, BaseModel.MaskedAutoregressiveFlow, Maf, MafSpec),
        .. Step("step-lenet", "step LeNet SVDD (8/4), b 200", 3.5, small: false, Images, BaseModel.OneClassSvdd, LeNet, LeNetSpec),
        .. Step("step-lenet-ae", "step conv AE (8/4), b 200", 4.5, small: false, Images, BaseModel.Autoencoder, LeNet, LeNetSpec),
        .. Step("step-fmnist", "step fMNIST SVDD (16/32), b 200", 1.3, small: false, Images, BaseModel.OneClassSvdd, Fmnist, FmnistSpec),
        .. Step("step-fmnist-ae", "step fMNIST AE (16/32), b 200", 1.7, small: false, Images, BaseModel.Autoencoder, Fmnist, FmnistSpec),
        .. Jobs(),
        .. Scoring("row-svdd", "one row SVDD", 4, BaseModel.OneClassSvdd, Svdd, SvddSpec, 1),
        .. Scoring("row-ae", "one row AE", 4, BaseModel.Autoencoder, Ae, AeSpec, 1),
        .. Scoring("row-maf", "one row MAF", 3, BaseModel.MaskedAutoregressiveFlow, Maf, MafSpec, 1),
        .. Scoring("rows-svdd", "6,435 rows SVDD", 1.5, BaseModel.OneClassSvdd, Svdd, SvddSpec, null),
        .. Scoring("rows-svdd-1024", "1,024 rows SVDD", null, BaseModel.OneClassSvdd, Svdd, SvddSpec, BlockRows),
    ];

    /// <summary>Deep SVDD as the peers were first measured with it.</summary>
    public static NetworkSpec Svdd => new(32, 16, 8) { BatchNorm = false };

    private static NetworkSpec SvddSpec => new(32, 16, 8);

    private static NetworkSpec Ae => new(32, 16, 8) { BatchNorm = false, Bias = true };

    private static NetworkSpec AeSpec => new(32, 16, 8);

    private static NetworkSpec Maf => new(32) { BatchNorm = false };

    private static NetworkSpec MafSpec => new(32, 32);

    private static NetworkSpec LeNet => LeNetSpec with { BatchNorm = false };

    private static NetworkSpec LeNetSpec => NetworkSpec.LeNetMnist;

    private static NetworkSpec Fmnist => FmnistSpec with { BatchNorm = false };

    private static NetworkSpec FmnistSpec => NetworkSpec.LeNetFashionMnist;

    private static Workload[] Step(
        string name, string title, double goal, bool small, Func<NetworkSpec, BaseModel, Network> network, BaseModel model,
        NetworkSpec measured, NetworkSpec spec) =>
    [
        new(name, title, goal, small, 2, threads => new TrainingWork(network(measured, model), threads)),
        new($"{name}-spec", $"{title}, defaults", null, small, 2, threads => new TrainingWork(network(spec, model), threads)),
    ];

    private static Workload[] Jobs()
    {
        return
        [
            new("job-satellite", "IAD job, Satellite SVDD, 16 x 50 epochs", 10, false, 2, threads => Make(Svdd, 50, threads)),
            new("job-satellite-spec", "the same, defaults, 16 x 20", null, false, 2, threads => Make(SvddSpec, 20, threads)),
        ];

        static JobWork Make(NetworkSpec network, int epochs, int threads)
        {
            var training = new TrainingOptions { Epochs = epochs, Seed = Network.Key };
            return new JobWork(
                Table(network, BaseModel.OneClassSvdd), new FitOptions { Model = BaseModel.OneClassSvdd, Network = network, Scaling = FeatureScaling.Standard, Training = training }, threads);
        }
    }

    private static Workload[] Scoring(
        string name, string title, double? goal, BaseModel model, NetworkSpec measured, NetworkSpec spec, int? rowsPerCall)
    {
        int mostThreads = rowsPerCall == 1 ? 1 : 2;
        return
        [
            new(name, title, goal, true, mostThreads, threads => Make(measured, threads)),
            new($"{name}-spec", $"{title}, defaults", null, true, mostThreads, threads => Make(spec, threads)),
        ];

        ScoringWork Make(NetworkSpec network, int threads) =>
            new(Table(network, model), rowsPerCall ?? s_satellite.Value.Rows, threads);
    }

    /// <summary>A network on Satellite.</summary>
    public static Network Table(NetworkSpec spec, BaseModel model)
    {
        Dataset data = s_satellite.Value;
        return new(model, PlanOf(spec, data, model), data, FeatureScaler.Fit(data), TableBatch, TableRate);
    }

    private static Network Images(NetworkSpec spec, BaseModel model)
    {
        var scaler = new FeatureScaler(new float[ImagePixels], [.. Enumerable.Repeat(1f, ImagePixels)]);
        return new(model, PlanOf(spec, s_images.Value, model), s_images.Value, scaler, ImageBatch, ImageRate);
    }

    private static Plan PlanOf(NetworkSpec spec, Dataset data, BaseModel model)
    {
        Plan plan = model.WritePlan(spec, data.Columns, model.DefaultEpochs);
        return model is Autoencoder && spec.Bias ? LeakyCode.In(plan) : plan;
    }

    /// <summary>Noise in the range of scaled images: how long a step takes does not depend on what is in them.</summary>
    private static Dataset MakeImages()
    {
        float[] pixels = new float[ImageRows * ImagePixels];
        new RandomSequence(Network.Key, RandomPurpose.MemberRows, member: 0).FillUniform(pixels, 1);
        for (int i = 0; i < pixels.Length; i++) pixels[i] = Math.Abs(pixels[i]);
        return new Dataset("noise", pixels, ImageRows, ImagePixels);
    }
}
