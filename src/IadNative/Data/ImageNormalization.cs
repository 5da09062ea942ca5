using IadNative.Data;
using IadNative.Messages;

namespace IadNative;

/// <summary>What is done to each image by itself, before all of them are brought to [0, 1] by one scale.</summary>
public enum ImageNormalization
{
    /// <summary>Global contrast: x ← (x − mean)/mean|x − mean|; an image of one value becomes 0.</summary>
    GlobalContrast,

    /// <summary>The L1 norm alone: x ← x/mean|x|, so that a bright image is like a dark one; an image of zeros stays 0.</summary>
    L1,

    /// <summary>
    /// Global contrast, and then every pixel is the mean of the 5 × 5 around it by the weights (1, 4, 6, 4, 1)/16 in both directions, the edge
    /// going on beyond itself: what varies from pixel to pixel counts for little.
    /// </summary>
    SmoothContrast,
}

/// <summary>The short names of image normalisations, as the command line and the model file write them.</summary>
internal static class ImageNormalizationNames
{
    private static readonly (ImageNormalization Normalization, string Name)[] s_names =
    [
        (ImageNormalization.GlobalContrast, "gcn"),
        (ImageNormalization.L1, "l1"),
        (ImageNormalization.SmoothContrast, "gcn-smooth"),
    ];

    /// <summary>All short names.</summary>
    public static IReadOnlyList<string> All { get; } = Array.ConvertAll(s_names, entry => entry.Name);

    /// <summary>The short name, such as <c>gcn</c>.</summary>
    public static string ToShortName(this ImageNormalization normalization) =>
        Array.Find(s_names, entry => entry.Normalization == normalization).Name
        ?? throw new ArgumentOutOfRangeException(nameof(normalization), normalization, "This is no normalisation.");

    /// <summary>The normalisation of a short name.</summary>
    /// <exception cref="FormatException">There is no such normalisation.</exception>
    public static ImageNormalization Parse(string name)
    {
        foreach ((ImageNormalization normalization, string text) in s_names)
        {
            if (text == name) return normalization;
        }

        throw new FormatException($"{ForeignText.Quote(name)} is no normalisation of images. Use {string.Join(" or ", All)}.");
    }
}
