using IadNative.Compute;
using IadNative.Data;
using IadNative.Detectors;
using IadNative.Iad;
using IadNative.Models;
using IadNative.Networks;
using IadNative.Tests.Compute;
using IadNative.Tests.Detectors;

namespace IadNative.Tests.Bits;

/// <summary>The small fits whose bits are recorded, and the devices that they train on.</summary>
internal static class BitsCases
{
    private static readonly Dataset s_table = SyntheticData.Contaminated(n: 101, d: 6);
    private static readonly Dataset s_images = SyntheticData.Contaminated(n: 40, d: 64);

    // Large enough for convolutions by filtering.
    private static readonly Dataset s_largeImages = SyntheticData.Contaminated(n: 20, d: 28 * 28);

    // Not DAGPR, whose process is fitted to codes that the machine's own vectors computed.
    public static IReadOnlyList<string> Names { get; } =
    [
        "svdd", "svdd-soft", "ae", "maf", "maf-density", "svdd-pretrain", "svdd-soft-pretrain", "svdd-bias-affine", "ae-warm",
        "svdd-ensemble", "maf-ensemble", "image-svdd", "image-ae", "image-svdd-large", "image-ae-large", "drae", "oneflow", "rsrae", "rsrae-joint", "sdor",
    ];

    /// <summary>The CPU on each width of vectors, whatever the machine's own is, and the emulated CUDA device.</summary>
    public static IReadOnlyList<IDevice> TrainingDevices { get; } =
    [
        .. Devices.All.Where(device => device.Description.StartsWith("CPU, Lanes", StringComparison.Ordinal)),
        Devices.All.First(device => Devices.CategoryOf(device) == "Emulator"),
    ];

    public static Dataset Data(string name) => !name.StartsWith("image", StringComparison.Ordinal) ? s_table
        : name.EndsWith("large", StringComparison.Ordinal) ? s_largeImages : s_images;

    /// <summary>What each name stands for.</summary>
    public static FitOptions Options(string name, IDevice device)
    {
        FitOptions options = new()
        {
            Model = BaseModel.OneClassSvdd,
            Network = new NetworkSpec(9, 5, 3),
            Scaling = FeatureScaling.Standard,
            Device = device,
            Threads = 1,
            Training = new TrainingOptions { Rounds = 2, Epochs = 2, BatchSize = 32, Seed = 17, Seeds = 2 },
        };
        TrainingOptions training = options.Training;
        NetworkSpec convolutions = new(6) { Convolutions = [3, 2] }, wider = new(6) { Convolutions = [5, 4] };
        return name switch
        {
            "svdd" => options,
            "svdd-soft" => options with { Model = new SoftBoundarySvdd { Nu = 0.2 } },
            "ae" => options with { Model = BaseModel.Autoencoder, Training = training with { WeightDecay = 0.01 } },
            "maf" => options with { Model = BaseModel.MaskedAutoregressiveFlow, Network = new NetworkSpec(8, 8) },
            "maf-density" => options with
            {
                Model = new MaskedAutoregressiveFlow { Degrees = MadeDegrees.Spread, WeightByDensity = true },
                Network = new NetworkSpec(4, 4),
            },
            "svdd-pretrain" => options with { Model = new OneClassSvdd { PretrainEpochs = 2 } },
            "svdd-soft-pretrain" => options with
            {
                Model = new SoftBoundarySvdd { PretrainEpochs = 2 },
                Training = training with { Between = BetweenRounds.Same },
            },
            "svdd-bias-affine" => options with { Network = new NetworkSpec(9, 5, 3) { Bias = true, Affine = true } },
            "ae-warm" => options with
            {
                Model = BaseModel.Autoencoder,
                Network = new NetworkSpec(9, 3) { BatchNorm = false, Bias = true },
                Training = training with { Between = BetweenRounds.Warm },
            },
            "svdd-ensemble" => options with { Training = training with { Ensemble = 3 } },
            "maf-ensemble" => options with
            {
                Model = BaseModel.MaskedAutoregressiveFlow,
                Network = new NetworkSpec(8, 8),
                Training = training with { Ensemble = 3 },
            },
            "drae" => options with { Model = new DiscriminativeAutoencoder { Lambda = 2 } },
            "rsrae" => options with { Model = new RobustSubspaceAutoencoder { Dimensions = 2 } },
            "rsrae-joint" => options with { Model = new RobustSubspaceAutoencoder { Dimensions = 2, IsJoint = true } },
            "sdor" => options with { Model = new SelfTrainedOrdinalRegression { InitialEpochs = 2 } },
            "oneflow" => options with { Model = new OneFlow { Alpha = 0.2 }, Network = new NetworkSpec(7, 5) },
            "image-svdd" => options with { Network = convolutions },
            "image-ae" => options with { Model = BaseModel.Autoencoder, Network = convolutions with { Bias = true } },
            "image-svdd-large" => options with { Network = wider },
            "image-ae-large" => options with { Model = BaseModel.Autoencoder, Network = wider },
            _ => throw new ArgumentOutOfRangeException(nameof(name), name, "There is no such case."),
        };
    }

    /// <summary>All numbers that training left in the kept networks.</summary>
    public static IEnumerable<float[]> TrainedNumbers(AnomalyDetector detector) => detector.Content.Members.Select(member => member.Trained).SelectMany(
        network => new[]
        {
            network.Parameters, network.Statistics, [.. network.State.SkipLast(1)], network.State is [.., var radius] ? [radius] : [0],
        });
}
