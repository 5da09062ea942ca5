using IadNative.Data;
using IadNative.Data.Preparation;
using IadNative.Onnx.Graph;

namespace IadNative.Onnx.Export;

/// <summary>
/// How rows of a table become rows of features, in float64 as <see cref="RowPreparation"/> says: categories are encoded, missing cells
/// filled, features centred, scaled and clipped; images are normalised.
/// </summary>
internal sealed class PreparationGraph(OnnxGraph graph, RowPreparation preparation)
{
    // What float32 can square, as in the preparation.
    private const float Farthest = 1e18f;

    /// <summary>The type of raw cells: that of the detector's own rows, float64 only where a column needs it.</summary>
    public OnnxType InputType =>
        preparation.Columns.Any(column => column.IsWide && column.Column.Kind != FeatureKind.Category) ? OnnxType.Double : OnnxType.Float;

    /// <summary>Adds the preparation.</summary>
    /// <param name="rows">n × columns raw cells of <see cref="InputType"/>.</param>
    /// <param name="normalizer">What is done to images; null for tables.</param>
    /// <returns>n × features, float32.</returns>
    public string Add(string rows, ImageNormalizer? normalizer)
    {
        string prepared = preparation.IsIdentity && InputType == OnnxType.Float ? rows : Prepare(graph.Cast(rows, OnnxType.Double));
        return normalizer is null ? prepared : Normalize(prepared, normalizer);
    }

    private string Prepare(string x)
    {
        x = Round(Fill(Encode(x)));
        string z = x;
        if (preparation.Center.Any(value => value != 0)) z = graph.Add("Sub", [z, graph.Constant(preparation.Center, preparation.Width)]);
        if (preparation.Scale.Any(value => value != 1)) z = graph.Add("Mul", [z, graph.Constant(preparation.Scale, preparation.Width)]);
        z = graph.Cast(z, OnnxType.Float);
        if (preparation.Clip is not { } clip) return z;
        string near = graph.Add("Clip", [z, graph.Constant([-Farthest]), graph.Constant([Farthest])]);
        string share = graph.Add("Mul", [near, graph.Constant([1 / clip])]);
        string root = graph.Add("Sqrt", [graph.Add("Add", [graph.Constant([1f]), graph.Add("Mul", [share, share])])]);

        // NaN where a cell is not finite, whatever clipping made of it.
        return graph.Add("Add", [graph.Add("Div", [near, root]), graph.Cast(graph.Add("Sub", [x, x]), OnnxType.Float)]);
    }

    private string Encode(string x)
    {
        if (preparation.Columns.All(column => column.Column.Kind != FeatureKind.Category)) return x;
        var parts = new List<string>();
        for (int first = 0, end; first < preparation.Columns.Count; first = end)
        {
            end = first + 1;
            if (preparation.Columns[first].Column.Kind == FeatureKind.Category)
            {
                parts.Add(Encode(Columns(x, first, end), preparation.Columns[first]));
                continue;
            }

            while (end < preparation.Columns.Count && preparation.Columns[end].Column.Kind != FeatureKind.Category) end++;
            parts.Add(Columns(x, first, end));
        }

        return graph.Add("Concat", [.. parts], ("axis", 1));
    }

    private string Columns(string x, int first, int end) =>
        graph.Add("Slice", [x, graph.Integers(first), graph.Integers(end), graph.Integers(1)]);

    // The code of a level is a whole number; what lies between two of them belongs to the lower one.
    private string Encode(string cell, ColumnPreparation column)
    {
        int levels = column.Column.Levels.Count;
        string level = graph.Add("Floor", [cell]);
        string encoded;
        if (column.IsOneHot)
        {
            double[] codes = levels == 0 ? [double.NaN] : [.. Enumerable.Range(0, levels).Select(code => (double)code)];
            encoded = graph.Cast(graph.Add("Equal", [level, graph.Constant(codes, codes.Length)]), OnnxType.Double);
        }
        else
        {
            string isBelow = graph.Add("Less", [level, graph.Constant([(double)levels])]);
            string isKnown = graph.Add("And", [isBelow, graph.Add("GreaterOrEqual", [level, graph.Constant([0d])])]);
            string place = graph.Cast(graph.Add("Where", [isKnown, level, graph.Constant([(double)levels])]), OnnxType.Int64);
            encoded = graph.Add("Gather", [graph.Constant([.. column.LogShares, column.UnseenLogShare], levels + 1), place]);
        }

        return preparation.Imputation != Imputation.None
            ? encoded
            : graph.Add("Where", [graph.Add("IsNaN", [cell]), graph.Constant([double.NaN]), encoded]);
    }

    private string Fill(string x)
    {
        if (preparation.Imputation == Imputation.None) return x;
        double[] fill = [.. preparation.Owners.Select(column => preparation.Columns[column])
            .Select(column => column.Column.Kind == FeatureKind.Category ? double.NaN : column.FillOf(preparation.Imputation))];
        return graph.Add("Where", [graph.Add("IsNaN", [x]), graph.Constant(fill, fill.Length), x]);
    }

    // To float32, but for columns that it is too coarse for and for encoded categories.
    private string Round(string x)
    {
        bool[] isWide = [.. preparation.Owners.Select(column => preparation.Columns[column])
            .Select(column => column.IsWide || column.Column.Kind == FeatureKind.Category)];
        if (isWide.All(wide => wide)) return x;
        string rounded = graph.Cast(graph.Cast(x, OnnxType.Float), OnnxType.Double);
        return isWide.Any(wide => wide) ? graph.Add("Where", [graph.Constant(isWide, isWide.Length), x, rounded]) : rounded;
    }

    // (x − mean)/size, where the mean is 0 for the L1 norm and size is the mean of absolute values; zeros where that is 0.
    private string Normalize(string rows, ImageNormalizer normalizer)
    {
        string x = graph.Cast(rows, OnnxType.Double);
        if (normalizer.Normalization != ImageNormalization.L1) x = graph.Add("Sub", [x, Mean(x)]);
        string size = Mean(graph.Add("Abs", [x])), zero = graph.Constant([0d]);
        string normalized = graph.Add("Where", [graph.Add("Equal", [size, zero]), zero, graph.Add("Div", [x, size])]);
        normalized = graph.Cast(normalized, OnnxType.Float);
        return normalizer.Normalization == ImageNormalization.SmoothContrast ? Smooth(normalized, normalizer.Shape) : normalized;
    }

    // A convolution with the products of the weights of either direction, on images whose edge goes on.
    private string Smooth(string rows, ImageShape shape)
    {
        float[] line = ImageNormalizer.Smoothing;
        int side = line.Length, beyond = side / 2;
        float[] taps = [.. line.SelectMany(_ => line, (down, across) => down * across)];
        string images = graph.Add("Reshape", [rows, graph.Integers(-1, 1, shape.Height, shape.Width)]);
        string wider = graph.Add("Pad", [images, graph.Integers(0, 0, beyond, beyond, 0, 0, beyond, beyond)], ("mode", "edge"));
        string smooth = graph.Add("Conv", [wider, graph.Constant(taps, 1, 1, side, side)], ("kernel_shape", new[] { side, side }));
        return graph.Add("Reshape", [smooth, graph.Integers(-1, shape.Pixels)]);
    }

    private string Mean(string x) => graph.Add("ReduceMean", [x], ("axes", new[] { 1 }), ("keepdims", 1));
}
