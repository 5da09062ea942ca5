using IadNative.Data;
using IadNative.Data.Preparation;
using IadNative.Data.Reading;
using IadNative.Messages;

namespace IadNative.Detectors;

/// <summary>Brings a data set's columns into the places where a detector expects them.</summary>
internal static class ColumnMatch
{
    // The code of a level that a detector does not know, which readers give it and no level has.
    public const int UnseenLevel = -1;

    /// <summary>The data with the detector's columns alone, in their order, and categories in its codes.</summary>
    /// <exception cref="ArgumentException">A column is missing, or one side has names and the other has not.</exception>
    public static Dataset Apply(Dataset data, AnomalyDetector detector, bool byPosition)
    {
        IReadOnlyList<FeatureColumn> wanted = detector.Columns;
        int[] places = Places(data.Name, data.Features, data.AreFeaturesNamed, detector, byPosition);
        bool isSame = places.Length == data.Columns && places.Select((place, i) => place == i).All(same => same)
            && wanted.All(column => column.Kind != FeatureKind.Category);
        if (isSame) return data;
        float[] values = new float[(long)data.Rows * places.Length];
        var wide = new Numbers<double>?[places.Length];
        for (int j = 0; j < places.Length; j++)
        {
            int[]? codes = Codes(wanted[j], data.Features[places[j]], data.Name);
            for (int row = 0; row < data.Rows; row++)
            {
                float cell = data.Values[(row * data.Columns) + places[j]];
                values[(row * places.Length) + j] = codes is null || float.IsNaN(cell) ? cell
                    : cell >= 0 && cell < codes.Length ? codes[(int)cell]
                    : UnseenLevel;
            }

            wide[j] = codes is null ? data.Cells.Float64?[places[j]] : null;
        }

        var cells = new TableValues(values) { Float64 = Array.TrueForAll(wide, column => column is null) ? null : wide };
        return new Dataset(data.Name, cells, data.Rows, wanted, data.Labels, data.AreFeaturesNamed, data.SourceRows as int[], allowMissing: true)
        {
            Ids = data.Ids,
        };
    }

    /// <summary>The same of data that are to be learned from or compared: images of the detector's size, or a table.</summary>
    /// <exception cref="ArgumentException">They are others; or a column is missing, or one side has names and the other has not.</exception>
    public static Dataset OfSameKind(Dataset data, AnomalyDetector detector, bool byPosition)
    {
        if (OtherKind(data.Name, data.Image, detector) is { } problem) throw new ArgumentException(problem, nameof(data));
        return Apply(data, detector, byPosition);
    }

    /// <summary>The columns that a table is to be read in; null for images, which have none.</summary>
    public static TableSchema? SchemaOf(AnomalyDetector detector, bool byPosition) =>
        detector.Image is null ? new TableSchema(detector.Columns, detector.Content.AreFeaturesNamed, byPosition) : null;

    /// <summary>A source in the detector's columns, which is closed where it is of another kind.</summary>
    /// <exception cref="DataFormatException">It holds images of another size, or a table in place of images.</exception>
    public static RowBatchReader OfSameKind(RowBatchReader source, AnomalyDetector detector)
    {
        if (OtherKind(source.Name, source.Image, detector) is not { } problem) return source;
        source.Dispose();
        throw new DataFormatException(problem);
    }

    /// <summary>What is to be said of data that are no images of the detector's size, or no table; null where they are of its kind.</summary>
    public static string? OtherKind(string name, ImageShape? image, AnomalyDetector detector)
    {
        return image == detector.Image
            ? null
            : $"{name} holds {Describe(image)}, but the detector was fitted on {Describe(detector.Image)}. Give data of that kind.";

        static string Describe(ImageShape? image) => image is null ? "a table" : $"images of {image} pixels";
    }

    /// <summary>For each of the detector's columns its place among those of a source.</summary>
    /// <param name="name">The source, for messages.</param>
    /// <param name="features">Its columns.</param>
    /// <param name="areNamed">Whether their names are the source's own.</param>
    /// <param name="detector">The detector.</param>
    /// <param name="byPosition">Whether columns are taken by their place, whatever they are called.</param>
    /// <exception cref="ArgumentException">A column is missing, or one side has names and the other has not.</exception>
    public static int[] Places(string name, IReadOnlyList<FeatureColumn> features, bool areNamed, AnomalyDetector detector, bool byPosition)
    {
        bool byName = !byPosition && areNamed && detector.Content.AreFeaturesNamed;
        if (!byName)
        {
            if (!byPosition && areNamed != detector.Content.AreFeaturesNamed)
            {
                throw new ArgumentException(areNamed
                    ? $"The columns of {name} have names, those of the model have not. Take them by position if they are in the same order."
                    : $"The columns of {name} have no names, those of the model have. Take them by position if they are in the same order.");
            }

            if (features.Count != detector.Features)
            {
                throw new ArgumentException(
                    $"{name} has {features.Count} columns, but the model was fitted on {detector.Features}: {Names(detector.FeatureNames)}.");
            }

            return [.. Enumerable.Range(0, features.Count)];
        }

        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int j = 0; j < features.Count; j++)
        {
            if (!places.TryAdd(features[j].Name, j))
                throw new ArgumentException($"{name} has two columns called {ForeignText.Quote(features[j].Name)}. Rename one.");
        }

        string[] absent = [.. detector.FeatureNames.Where(wanted => !places.ContainsKey(wanted))];
        return absent.Length == 0
            ? [.. detector.FeatureNames.Select(wanted => places[wanted])]
            : throw new ArgumentException($"{name} lacks {absent.Length} of the model's {detector.Features} columns: {Names(absent)}. "
                + $"It has {Names([.. features.Select(column => column.Name)])}.");
    }

    /// <summary>Whether cells are codes of levels, to the source as to the detector.</summary>
    /// <param name="wanted">The detector's column.</param>
    /// <param name="given">The source's.</param>
    /// <param name="name">The source, for messages.</param>
    /// <exception cref="ArgumentException">To one of them they are, to the other not.</exception>
    public static bool IsCategory(FeatureColumn wanted, FeatureColumn given, string name) =>
        (wanted.Kind == FeatureKind.Category) == (given.Kind == FeatureKind.Category)
            ? wanted.Kind == FeatureKind.Category
            : throw new ArgumentException(
                $"The column {ForeignText.Quote(given.Name)} of {name} is a {given.Kind}, but the model was fitted on a {wanted.Kind}.");

    // What each code of the data is to the detector; null where cells are no codes.
    private static int[]? Codes(FeatureColumn wanted, FeatureColumn given, string name)
    {
        if (!IsCategory(wanted, given, name)) return null;
        string[] levels = [.. wanted.Levels];
        return [.. given.Levels.Select(level => Array.IndexOf(levels, level))];
    }

    private static string Names(IReadOnlyList<string> names) => ColumnName.List(names);
}
