using IadNative.Data;
using IadNative.Data.Preparation;

namespace IadNative.Detectors;

/// <summary>
/// A prepared row of typical features, the reference that scores which are no sums over features are explained by: of numbers the training
/// median, of a category's features how often each is taken.
/// </summary>
internal static class TypicalRow
{
    /// <summary>The row.</summary>
    /// <param name="preparation">Prepares rows.</param>
    /// <param name="scaler">Standardises prepared rows by their means over the training data.</param>
    public static float[] Of(RowPreparation preparation, FeatureScaler scaler)
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
}
