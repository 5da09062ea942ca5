using IadNative.Networks;

namespace IadNative.Detectors;

/// <summary>
/// What <see cref="AutomaticCommittee"/> is made of. Why these numbers: bench/results/auto-2026-11.md and, of images,
/// bench/results/auto-images-2026-11.md; the scores of all new detectors change where they do.
/// </summary>
internal static class AutomaticFamilies
{
    private const int ColumnsPerNetwork = 8, RowsPerNetwork = 8192, GaussianColumns = 300;
    private const int ImageGaussians = 64, PixelsPerGaussian = 16, GaussianPixels = 1024;
    private const double PixelWeight = 0.25, ImageWeight = 0.75;
    private const double NarrowWeight = 0.6, WideWeight = 0.1, GaussianWeight = 0.3;

    // Of the two kinds of networks the narrow ones follow the rows closely, the wide ones tell how far out a row lies.
    private static readonly DetectorFamily s_networks = new()
    {
        Model = BaseModel.OneClassSvdd,
        LearningRate = 0.001,
        ColumnsPerMember = ColumnsPerNetwork,
        RowsPerMember = RowsPerNetwork,
    };

    /// <summary>The families for a table.</summary>
    /// <param name="features">Features of a prepared row.</param>
    public static IReadOnlyList<DetectorFamily> ForTables(int features) =>
    [
        s_networks with { Network = new NetworkSpec(8, 8, 4), Count = 128, Range = 4, Steps = 80, Weight = NarrowWeight },
        s_networks with { Network = new NetworkSpec(16, 8), Count = 64, Range = 1, Steps = 40, Weight = WideWeight },
        new DetectorFamily
        {
            Model = BaseModel.Gaussian, ColumnsPerMember = features > GaussianColumns ? GaussianColumns : null, Weight = GaussianWeight,
            Votes = false,
        },
    ];

    /// <summary>The families for images: Gaussians of few pixels tell which values do not go together, the one of all how an image is drawn.</summary>
    /// <param name="shape">The images.</param>
    public static IReadOnlyList<DetectorFamily> ForImages(ImageShape shape) =>
    [
        new DetectorFamily { Model = BaseModel.Gaussian, Count = ImageGaussians, ColumnsPerMember = PixelsPerGaussian, Weight = PixelWeight },
        new DetectorFamily
        {
            Model = BaseModel.Gaussian, ColumnsPerMember = shape.Pixels > GaussianPixels ? GaussianPixels : null, Weight = ImageWeight,
        },
    ];
}
