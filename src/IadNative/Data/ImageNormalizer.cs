namespace IadNative.Data;

/// <summary>Applies an <see cref="ImageNormalization"/> to images of one shape; means accumulate in float64.</summary>
/// <param name="normalization">How.</param>
/// <param name="shape">How the values of a row make up an image.</param>
internal sealed class ImageNormalizer(ImageNormalization normalization, ImageShape shape)
{
    /// <summary>The weights of five pixels side by side in a smoothed one, the rows of Pascal's triangle over their sum.</summary>
    public static readonly float[] Smoothing = [1 / 16f, 4 / 16f, 6 / 16f, 4 / 16f, 1 / 16f];

    /// <summary>That of images; null for tables.</summary>
    /// <param name="normalization">How; null for tables.</param>
    /// <param name="shape">How the values of a row make up an image; null for tables.</param>
    public static ImageNormalizer? Of(ImageNormalization? normalization, ImageShape? shape) =>
        shape is { } own ? new ImageNormalizer(normalization!.Value, own) : null;

    /// <summary>How.</summary>
    public ImageNormalization Normalization => normalization;

    /// <summary>How the values of a row make up an image.</summary>
    public ImageShape Shape => shape;

    /// <summary>Normalises one image.</summary>
    /// <param name="image">The values of the image.</param>
    /// <param name="normalized">Receives as many; it may be <paramref name="image"/> itself.</param>
    public void Apply(ReadOnlySpan<float> image, Span<float> normalized)
    {
        double mean = 0, size = 0;
        if (normalization != ImageNormalization.L1)
        {
            foreach (float x in image) mean += x;
            mean /= image.Length;
        }

        foreach (float x in image) size += Math.Abs(x - mean);
        size /= image.Length;
        if (size == 0)
        {
            normalized.Clear();
            return;
        }

        for (int i = 0; i < image.Length; i++) normalized[i] = (float)((image[i] - mean) / size);
        if (normalization == ImageNormalization.SmoothContrast) Smooth(normalized);
    }

    /// <summary>The data with all its images normalised.</summary>
    public Dataset Apply(Dataset data)
    {
        float[] values = new float[data.Values.Length];
        for (int i = 0; i < data.Rows; i++) Apply(data.Row(i), values.AsSpan(i * data.Columns, data.Columns));
        return data.With(values: values);
    }

    private void Smooth(Span<float> image)
    {
        (int height, int width) = (shape.Height, shape.Width);
        for (int y = 0; y < height; y++) SmoothLine(image[(y * width)..], 1, width);
        for (int x = 0; x < width; x++) SmoothLine(image[x..], width, height);
    }

    // In place: what a pixel was is still needed for the two after it. Beyond an end the last pixel goes on.
    private static void SmoothLine(Span<float> line, int step, int count)
    {
        float before2 = line[0], before1 = line[0], here = line[0];
        int last = (count - 1) * step;
        for (int i = 0; i <= last; i += step)
        {
            float after1 = line[Math.Min(i + step, last)], after2 = line[Math.Min(i + (2 * step), last)];
            line[i] = ((before2 + after2) + (4 * (before1 + after1)) + (6 * here)) / 16;
            (before2, before1, here) = (before1, here, after1);
        }
    }
}
