using IadNative.Compute.Operations;
using IadNative.Data;
using IadNative.Data.Preparation;

namespace IadNative.Detectors;

/// <summary>
/// A prepared row of typical features, the reference that scores which are no sums over features are explained by: of numbers the training
/// median, of a category's features how often each is taken; of an image's pixels the mean of the Gaussians that see them, the darkest value where
/// none does.
/// </summary>
internal static class TypicalRow
{
    /// <summary>The row of a table, or the image where there is a normalizer.</summary>
    /// <param name="preparation">Prepares rows.</param>
    /// <param name="scaler">Standardises prepared rows by their means over the training data, images by one scale.</param>
    /// <param name="normalizer">What is done to images first; null for tables.</param>
    /// <param name="members">The members, whose scores are to be explained.</param>
    public static float[] Of(
        RowPreparation preparation, FeatureScaler scaler, ImageNormalizer? normalizer, IReadOnlyList<DetectorMember> members) =>
        normalizer is null ? OfTable(preparation, scaler) : OfImages(scaler, members);

    private static float[] OfTable(RowPreparation preparation, FeatureScaler scaler)
    {
        float[] row = [.. scaler.Offset];
        for (int feature = 0; feature < row.Length; feature++)
        {
            // Models of old did not keep medians; a mean takes their place.
            ColumnPreparation own = preparation.Columns[preparation.Owners[feature]];
            if (own.Column.Kind != FeatureKind.Category && double.IsFinite(own.Median)) row[feature] = preparation.ApplyTo(feature, own.Median);
        }

        return row;
    }

    // To a Gaussian an image without any contrast is as odd as an anomaly: beside it none would have a contribution.
    private static float[] OfImages(FeatureScaler scaler, IReadOnlyList<DetectorMember> members)
    {
        float[] row = [.. scaler.Offset];
        double[] sums = new double[row.Length];
        int[] counts = new int[row.Length];
        foreach (DetectorMember member in members)
        {
            if (member.Plan.Fit is not GaussianFit fit || member is { Scale: MemberScale.Quartiles, Width: 0 }) continue;
            ReadOnlySpan<float> means = member.Trained.State.AsSpan(fit.Mean.Offset, fit.Mean.Length);
            for (int k = 0; k < means.Length; k++)
            {
                float scale = member.Scaler.Scale[k];
                if (scale == 0) continue;
                int feature = member.Features is { } own ? own[k] : k;
                sums[feature] += member.Scaler.Offset[k] + ((double)means[k] / scale);
                counts[feature]++;
            }
        }

        for (int feature = 0; feature < row.Length; feature++)
        {
            if (counts[feature] > 0) row[feature] = (float)(sums[feature] / counts[feature]);
        }

        return row;
    }
}
