namespace IadNative.Data;

/// <summary>Applies an <see cref="ImageNormalization"/>; means accumulate in float64.</summary>
internal static class ImageNormalizer
{
    /// <summary>Normalises one image.</summary>
    /// <param name="normalization">How.</param>
    /// <param name="image">The values of the image.</param>
    /// <param name="normalized">Receives as many; it may be <paramref name="image"/> itself.</param>
    public static void Apply(ImageNormalization normalization, ReadOnlySpan<float> image, Span<float> normalized)
    {
        double mean = 0, size = 0;
        if (normalization == ImageNormalization.GlobalContrast)
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
    }

    /// <summary>The data with all its images normalised.</summary>
    public static Dataset Apply(ImageNormalization normalization, Dataset data)
    {
        float[] values = new float[data.Values.Length];
        for (int i = 0; i < data.Rows; i++)
            Apply(normalization, data.Row(i), values.AsSpan(i * data.Columns, data.Columns));
        return data.With(values: values);
    }
}
