namespace IadNative.Data.Preparation;

/// <summary>What training has learned of a column of the table, to prepare its cells.</summary>
/// <param name="Column">Its name, kind and levels.</param>
internal sealed record ColumnPreparation(FeatureColumn Column)
{
    /// <summary>Levels up to which a category is encoded one-hot; with more, by how frequent its levels are.</summary>
    public const int MostOneHotLevels = 10;

    /// <summary>Whether its cells are centred in float64; those of others are rounded to float32 first.</summary>
    public bool IsWide { get; init; }

    /// <summary>The mean of its training cells; 0 for a category, and NaN in models of old that did not keep it.</summary>
    public double Mean { get; init; } = double.NaN;

    /// <summary>The median of its training cells; 0 for a category, and NaN in models of old that did not keep it.</summary>
    public double Median { get; init; } = double.NaN;

    /// <summary>The one value of its training cells; null where there are several, or for a category.</summary>
    public double? Constant { get; init; }

    /// <summary>For each level of a category ln((rows that have it + 1)/(n + 1)); empty for other kinds.</summary>
    public IReadOnlyList<double> LogShares { get; init; } = [];

    /// <summary>ln(1/(n + 1)): that of a level which training has not seen.</summary>
    public double UnseenLogShare { get; init; }

    /// <summary>What a missing cell takes; NaN where there may be none.</summary>
    public double FillOf(Imputation imputation) => imputation switch
    {
        Imputation.Mean => Mean,
        Imputation.Median => Median,
        _ => double.NaN,
    };

    /// <summary>What of it a row to be scored needs.</summary>
    public ColumnPreparation ForScoring() => new(Column) { IsWide = IsWide, LogShares = LogShares, UnseenLogShare = UnseenLogShare };

    /// <summary>What is to be said of a cell that is scored.</summary>
    public RowIrregularities IrregularitiesOf(double cell)
    {
        if (double.IsNaN(cell)) return RowIrregularities.Missing;
        if (Column.Kind == FeatureKind.Category) return cell >= 0 && cell < Column.Levels.Count ? RowIrregularities.None : RowIrregularities.UnseenLevel;
        return Constant is { } constant && !(Math.Abs(cell - constant) <= Math.Abs(constant) * 1e-6) ? RowIrregularities.MovedConstant : RowIrregularities.None;
    }

    /// <summary>Features of the networks that it becomes.</summary>
    public int Width => WidthOf(Column);

    /// <summary>Whether each of its levels is a feature, 1 or 0.</summary>
    public bool IsOneHot => IsOneHotOf(Column);

    /// <summary>Features of the networks that a column becomes.</summary>
    public static int WidthOf(FeatureColumn column) => IsOneHotOf(column) ? Math.Max(1, column.Levels.Count) : 1;

    /// <summary>Puts a cell's features where they belong.</summary>
    /// <param name="cell">The cell: a number, the code of a level, or NaN.</param>
    /// <param name="mayMiss">Whether a category may be missing; it is like an unseen level then.</param>
    /// <param name="features">Receives <see cref="Width"/> numbers; NaN where a cell is missing that may not be.</param>
    public void Encode(double cell, bool mayMiss, Span<double> features)
    {
        if (Column.Kind != FeatureKind.Category)
        {
            features[0] = cell;
            return;
        }

        bool refused = double.IsNaN(cell) && !mayMiss;
        int level = cell >= 0 && cell < Column.Levels.Count ? (int)cell : -1;
        if (!IsOneHot)
        {
            features[0] = refused ? double.NaN : level < 0 ? UnseenLogShare : LogShares[level];
            return;
        }

        features.Fill(refused ? double.NaN : 0);
        if (level >= 0) features[level] = 1;
    }

    private static bool IsOneHotOf(FeatureColumn column) =>
        column.Kind == FeatureKind.Category && column.Levels.Count <= MostOneHotLevels;
}
