using IadNative.Data;
using IadNative.Data.Preparation;

namespace IadNative.Detectors.Drift;

/// <summary>
/// What the training data were like, to compare new data with, but for scores and levels of categories, which a detector knows anyway.
/// </summary>
/// <param name="Rows">n.</param>
/// <param name="Columns">
/// One a column of the table, null for a category; of images brightness and contrast, since a pixel by itself says little.
/// </param>
internal sealed record TrainingReference(int Rows, IReadOnlyList<ColumnReference?> Columns)
{
    /// <summary>What is compared of images: the mean of their pixels, and their standard deviation.</summary>
    public static readonly FeatureColumn[] OfImages = [new("brightness"), new("contrast")];

    /// <summary>Learns it from data.</summary>
    /// <param name="data">The training data.</param>
    /// <param name="samples">Of a table, the cells that order statistics come of; null for a category.</param>
    public static TrainingReference Of(Dataset data, ColumnSample?[] samples)
    {
        if (data.Image is null)
        {
            int rows = ColumnSample.RowsOf(data.Rows);
            return new TrainingReference(data.Rows, [.. samples.Select(sample => sample is null ? null : ColumnReference.Of(sample.Sorted, rows))]);
        }

        (double[] brightness, double[] contrast) = Look(data);
        Array.Sort(brightness);
        Array.Sort(contrast);
        return new TrainingReference(data.Rows, [ColumnReference.Of(brightness, data.Rows), ColumnReference.Of(contrast, data.Rows)]);
    }

    /// <summary>Brightness and contrast of images.</summary>
    public static (double[] Brightness, double[] Contrast) Look(Dataset data)
    {
        double[] brightness = new double[data.Rows], contrast = new double[data.Rows];
        for (int row = 0; row < data.Rows; row++)
        {
            ReadOnlySpan<float> pixels = data.Row(row);
            double sum = 0, squares = 0;
            foreach (float pixel in pixels) sum += pixel;
            double mean = sum / pixels.Length;
            foreach (float pixel in pixels) squares += (pixel - mean) * (pixel - mean);
            (brightness[row], contrast[row]) = (mean, Math.Sqrt(squares / pixels.Length));
        }

        return (brightness, contrast);
    }
}
