using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace IadNative.Data.Preparation;

/// <summary>
/// Turns rows of a table into rows of features for the networks: categories are encoded and missing cells filled, then every feature
/// x becomes z = (x − center)·scale in float64 and, with robust scaling, z/√(1 + (z/c)²), which lies within ±c. The networks'
/// own scaler (<see cref="FeatureScaler"/>) standardises what comes of it.
/// </summary>
internal sealed class RowPreparation
{
    /// <summary>c of robust scaling: where soft clipping levels off, in robust standard deviations.</summary>
    public const float RobustClip = 30;

    // What float32 can square.
    private const float Farthest = 1e18f;

    private readonly double[] _fill;
    private readonly double[] _isWide; // all bits set, or none: a mask
    private readonly bool _encodes, _isIdentity;
    private readonly float _inverseClip; // 0 for none

    /// <summary>A preparation.</summary>
    /// <param name="columns">The columns of the table.</param>
    /// <param name="center">Subtracted from each feature.</param>
    /// <param name="scale">Multiplied with what is left.</param>
    /// <param name="clip">c, above 0; null for features that are not clipped.</param>
    /// <param name="imputation">What takes the place of missing cells.</param>
    /// <exception cref="ArgumentException">The lengths do not fit the columns, or a value is not finite.</exception>
    public RowPreparation(IReadOnlyList<ColumnPreparation> columns, double[] center, double[] scale, float? clip, Imputation imputation)
    {
        Columns = columns;
        Width = columns.Sum(column => column.Width);
        if (center.Length != Width || scale.Length != Width)
            throw new ArgumentException($"{Width} features have {center.Length} centers and {scale.Length} scales.", nameof(center));
        if (!Array.TrueForAll(center, double.IsFinite) || !Array.TrueForAll(scale, double.IsFinite))
            throw new ArgumentException("A center or scale is not finite.", nameof(center));
        if (clip is not (null or (> 0 and <= Farthest))) throw new ArgumentException($"Features cannot be clipped at {clip}.", nameof(clip));
        (Center, Scale, Clip, Imputation) = (center, scale, clip, imputation);
        _inverseClip = clip is { } c ? 1 / c : 0;
        _fill = new double[Width];
        _isWide = new double[Width];
        Owners = new int[Width];
        for (int column = 0, feature = 0; column < columns.Count; column++)
        {
            ColumnPreparation own = columns[column];
            bool isCategory = own.Column.Kind == FeatureKind.Category;
            for (int end = feature + own.Width; feature < end; feature++)
            {
                Owners[feature] = column;
                _fill[feature] = isCategory ? double.NaN : own.FillOf(imputation); // a category's is filled when it is encoded
                _isWide[feature] = own.IsWide || isCategory ? BitConverter.UInt64BitsToDouble(ulong.MaxValue) : 0;
            }
        }

        _encodes = columns.Any(column => column.Column.Kind == FeatureKind.Category);
        _isIdentity = !_encodes && clip is null && imputation == Imputation.None && columns.All(column => !column.IsWide)
            && Array.TrueForAll(center, value => value == 0) && Array.TrueForAll(scale, value => value == 1);
    }

    // What another one does to rows, with columns that know no more than that takes; arrays that have the same numbers as those of a third are its.
    private RowPreparation(RowPreparation all, ColumnPreparation[] columns, RowPreparation? like)
    {
        bool isLike = like is not null && columns.SequenceEqual(like.Columns);
        (Columns, Width, Clip, Imputation) = (isLike ? like!.Columns : columns, all.Width, all.Clip, all.Imputation);
        (_encodes, _isIdentity, _inverseClip) = (all._encodes, all._isIdentity, all._inverseClip);
        Owners = like is not null && all.Owners.AsSpan().SequenceEqual(like.Owners) ? like.Owners : all.Owners;
        Center = Shared(all.Center, like?.Center);
        Scale = Shared(all.Scale, like?.Scale);
        _fill = Shared(all._fill, like?._fill);
        _isWide = Shared(all._isWide, like?._isWide);
    }

    /// <summary>The columns of the table.</summary>
    public IReadOnlyList<ColumnPreparation> Columns { get; }

    /// <summary>Features of a prepared row.</summary>
    public int Width { get; }

    /// <summary>Subtracted from each feature.</summary>
    public double[] Center { get; }

    /// <summary>Multiplied with what is left.</summary>
    public double[] Scale { get; }

    /// <summary>c: where soft clipping levels off; null for features that are not clipped.</summary>
    public float? Clip { get; }

    /// <summary>What takes the place of missing cells.</summary>
    public Imputation Imputation { get; }

    /// <summary>For each feature the column that it comes from.</summary>
    public int[] Owners { get; }

    /// <summary>Whether rows in float32 stay as they are.</summary>
    public bool IsIdentity => _isIdentity;

    /// <summary>That of a table of numbers which go to the networks as they are.</summary>
    public static RowPreparation Identity(IReadOnlyList<FeatureColumn> columns)
    {
        double[] ones = new double[columns.Count];
        Array.Fill(ones, 1);
        return new RowPreparation([.. columns.Select(column => new ColumnPreparation(column))], new double[columns.Count], ones, clip: null,
            Imputation.None);
    }

    /// <summary>Prepares rows of a table that follow each other.</summary>
    /// <param name="data">The table.</param>
    /// <param name="first">The first of them.</param>
    /// <param name="count">How many.</param>
    /// <param name="target">
    /// Receives count × <see cref="Width"/> features; of all rows it may be the table's own matrix where the widths agree.
    /// </param>
    public void Apply(Dataset data, int first, int count, float[] target)
    {
        int columns = data.Columns, most = Math.Max(1, 65_536 / columns), blocks = (count + most - 1) / most;
        Parallel.For(0, blocks, block =>
        {
            double[] row = new double[columns], scratch = new double[Width];
            for (int i = block * most; i < Math.Min(count, (block + 1) * most); i++)
            {
                data.Cells.CopyRow(first + i, row);
                Apply<double>(row, target.AsSpan(i * Width, Width), scratch);
            }
        });
    }

    /// <summary>The same with something else in the place of missing cells.</summary>
    /// <exception cref="InvalidOperationException">The model does not know what: it is of old.</exception>
    public RowPreparation With(Imputation imputation) => Columns.Any(column => imputation != Imputation.None && double.IsNaN(column.FillOf(imputation)))
        ? throw new InvalidOperationException("The model is of a version that did not keep what missing cells take; fit it again.")
        : new RowPreparation(Columns, Center, Scale, Clip, imputation);

    /// <summary>
    /// The same for rows that are scored and nothing else: columns forget what training has learned beside, so that the imputation cannot be changed
    /// and no cell is odd.
    /// </summary>
    /// <param name="like">What may have numbers alike, of which there is then one copy; null for none.</param>
    public RowPreparation ForScoring(RowPreparation? like) => new(this, [.. Columns.Select(column => column.ForScoring())], like);

    /// <summary>The features that some columns become.</summary>
    /// <param name="columns">Places of columns in a row of the table, from 0.</param>
    public int[] FeaturesOf(IEnumerable<int> columns) =>
        [.. columns.SelectMany(column => Enumerable.Range(0, Width).Where(feature => Owners[feature] == column))];

    /// <summary>Prepares one row.</summary>
    /// <param name="row">Its cells, in float32 or float64.</param>
    /// <param name="features">Receives its features; NaN for one that is not finite, or missing and may not be.</param>
    /// <param name="scratch">Room for <see cref="Width"/> numbers.</param>
    public void Apply<T>(ReadOnlySpan<T> row, Span<float> features, Span<double> scratch)
        where T : unmanaged, INumber<T>
    {
        if (_encodes)
        {
            Span<double> encoded = scratch[..Width];
            for (int column = 0, feature = 0; column < row.Length; column++)
            {
                ColumnPreparation own = Columns[column];
                own.Encode(double.CreateTruncating(row[column]), Imputation != Imputation.None, encoded.Slice(feature, own.Width));
                feature += own.Width;
            }

            ApplyToFeatures<double>(encoded, features);
        }
        else
        {
            ApplyToFeatures(row, features);
        }
    }

    /// <summary>Prepares the number of one feature, as <see cref="Apply"/> does.</summary>
    public float ApplyTo(int feature, double x) => Prepare(
        Vector256.CreateScalar(x), Vector256.CreateScalar(_fill[feature]), Vector256.CreateScalar(_isWide[feature]),
        Vector256.CreateScalar(Center[feature]), Vector256.CreateScalar(Scale[feature])).ToScalar();

    private void ApplyToFeatures<T>(ReadOnlySpan<T> cells, Span<float> features)
        where T : unmanaged, INumber<T>
    {
        int j = 0;
        for (; j + Vector256<double>.Count <= features.Length; j += Vector256<double>.Count)
        {
            Vector128<float> z = Prepare(
                Load(in cells[j]), Vector256.LoadUnsafe(in _fill[j]), Vector256.LoadUnsafe(in _isWide[j]), Vector256.LoadUnsafe(in Center[j]),
                Vector256.LoadUnsafe(in Scale[j]));
            z.StoreUnsafe(ref features[j]);
        }

        for (; j < features.Length; j++) features[j] = ApplyTo(j, double.CreateTruncating(cells[j]));
    }

    private static double[] Shared(double[] own, double[]? other) =>
        other is not null && MemoryMarshal.Cast<double, ulong>(own).SequenceEqual(MemoryMarshal.Cast<double, ulong>(other)) ? other : own;

    // Four numbers.
    private static Vector256<double> Load<T>(ref readonly T first)
        where T : unmanaged, INumber<T> =>
        typeof(T) == typeof(float)
            ? Widen(Vector128.LoadUnsafe(in Unsafe.As<T, float>(ref Unsafe.AsRef(in first))))
            : Vector256.LoadUnsafe(in Unsafe.As<T, double>(ref Unsafe.AsRef(in first)));

    // Every operation is correctly rounded, so that all vector widths agree.
    private Vector128<float> Prepare(
        Vector256<double> x, Vector256<double> fill, Vector256<double> isWide, Vector256<double> center, Vector256<double> scale)
    {
        x = Vector256.ConditionalSelect(Vector256.Equals(x, x), x, fill);
        Vector128<float> narrow = Narrow(x);
        x = Vector256.ConditionalSelect(isWide, x, Widen(narrow));
        Vector128<float> z = Narrow((x - center) * scale);
        if (_inverseClip > 0)
        {
            z = Vector128.Min(Vector128.Max(z, Vector128.Create(-Farthest)), Vector128.Create(Farthest));
            Vector128<float> share = z * _inverseClip;
            z /= Vector128.Sqrt(Vector128<float>.One + (share * share));
        }

        return z + Narrow(x - x); // NaN where x is not finite
    }

    private static Vector128<float> Narrow(Vector256<double> x) => Vector256.Narrow(x, x).GetLower();

    private static Vector256<double> Widen(Vector128<float> x)
    {
        (Vector128<double> lower, Vector128<double> upper) = Vector128.Widen(x);
        return Vector256.Create(lower, upper);
    }
}
