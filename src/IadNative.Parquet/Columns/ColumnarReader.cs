using IadNative.Data;
using IadNative.Data.Reading;

namespace IadNative.Parquet.Columns;

/// <summary>
/// Fills blocks of rows from a format that stores columns: some rows of one column after the other. What a format adds is where its
/// columns' next cells are.
/// </summary>
internal abstract class ColumnarReader : TableReader
{
    private readonly SourceColumn[] _source;
    private readonly CancellationToken _cancellation;
    private readonly bool _hasTokens;
    private double[] _numbers = [];
    private string?[] _texts = [];
    private long _row;

    /// <param name="name">The source, for messages.</param>
    /// <param name="source">All its columns.</param>
    /// <param name="request">What is asked for.</param>
    /// <param name="cancellation">Checked before every block.</param>
    /// <exception cref="DataFormatException">A column that is to be read is of a type that cannot be.</exception>
    protected ColumnarReader(string name, SourceColumn[] source, ReadRequest request, CancellationToken cancellation)
        : base(name, Choose(name, source, request), request)
    {
        _source = source;
        _cancellation = cancellation;
        _hasTokens = request.Options.MissingTokens.Count > 0;
    }

    /// <summary>The columns that are read at all: features, labels and names of samples.</summary>
    protected IEnumerable<int> Wanted => Columns.Sources.Append(Columns.Label).Append(Columns.Id).Where(column => column >= 0);

    /// <summary>Whether the cells of a column that is read are read as text.</summary>
    protected bool AreTexts(int column) => column == Columns.Label ? _source[column].Content != ColumnContent.Number
        : column == Columns.Id || (Columns.FeatureOf[column] is >= 0 and var feature && Columns.Features[feature].Kind == FeatureKind.Category);

    /// <summary>How many rows can be read now, moved on to where there are some.</summary>
    /// <returns>0 at the source's end.</returns>
    protected abstract long RowsAtHand();

    /// <summary>The cells of a column, at the next row.</summary>
    protected abstract ColumnCells CellsOf(int column);

    /// <summary>So many rows were read.</summary>
    protected abstract void Pass(int rows);

    /// <inheritdoc/>
    protected sealed override void Fill(RowBlock block)
    {
        _cancellation.ThrowIfCancellationRequested();
        int rows = (int)Math.Min(RowsAtHand(), block.Capacity);
        if (rows == 0) return;
        if (_numbers.Length < rows) (_numbers, _texts) = (new double[block.Capacity], new string?[block.Capacity]);
        for (int feature = 0; feature < block.Columns; feature++) FillFeature(block, feature, rows);
        if (Columns.Label >= 0) FillLabels(block, rows);
        if (Columns.Id >= 0)
        {
            CellsOf(Columns.Id).ReadTexts(_texts.AsSpan(0, rows));
            for (int i = 0; i < rows; i++) block.Ids[i] = _texts[i] ?? "";
        }

        for (int i = 0; i < rows; i++) block.SourceRows[i] = _row + i;
        _row += rows;
        Pass(rows);
        block.Rows = rows;
    }

    private void FillFeature(RowBlock block, int feature, int rows)
    {
        int column = Columns.Sources[feature];
        FeatureKind kind = Columns.Features[feature].Kind;
        Span<double> target = block.Values.AsSpan(feature);
        if (kind == FeatureKind.Category)
        {
            CellsOf(column).ReadTexts(_texts.AsSpan(0, rows));
            for (int i = 0; i < rows; i++)
                target[i * block.Columns] = _texts[i] is { } text ? Cells.OfText(text, feature, _row + i, line: 0) : Missing(feature, i);
            return;
        }

        ReadOnlySpan<double> numbers = CellsOf(column).NextNumbers(_numbers.AsSpan(0, rows));
        if (Cells.ArePlain(numbers, feature))
        {
            for (int i = 0; i < numbers.Length; i++) target[i * block.Columns] = numbers[i];
            return;
        }

        bool isPlainBoolean = kind == FeatureKind.Boolean && _source[column].Content == ColumnContent.Boolean && !_hasTokens;
        for (int i = 0; i < numbers.Length; i++)
        {
            double value = numbers[i];
            target[i * block.Columns] = isPlainBoolean && !double.IsNaN(value) ? value
                : double.IsNaN(value) ? Missing(feature, i) : Cells.OfNumber(value, feature, _row + i);
        }
    }

    private double Missing(int feature, int i) => Cells.OfMissing("null", feature, _row + i, line: 0);

    private void FillLabels(RowBlock block, int rows)
    {
        if (!AreTexts(Columns.Label))
        {
            CellsOf(Columns.Label).ReadNumbers(_numbers.AsSpan(0, rows));
            for (int i = 0; i < rows; i++)
                block.Labels[i] = double.IsNaN(_numbers[i]) ? Labels!.CodeOf("", _row + i) : Labels!.CodeOf(_numbers[i], _row + i);
            return;
        }

        CellsOf(Columns.Label).ReadTexts(_texts.AsSpan(0, rows));
        for (int i = 0; i < rows; i++) block.Labels[i] = Labels!.CodeOf(_texts[i] ?? "", _row + i);
    }

    private static TableColumns Choose(string file, SourceColumn[] source, ReadRequest request)
    {
        string[] names = Array.ConvertAll(source, column => column.Name);
        int[] booleans = [.. Enumerable.Range(0, source.Length).Where(i => source[i].Content == ColumnContent.Boolean)];
        // pandas stores the index of a table that has been filtered or sorted as a column of this name.
        int index = Array.FindIndex(names, name => name.StartsWith("__index_level_", StringComparison.Ordinal));
        TableColumns columns = TableColumns.Choose(file, names, names.Length, request, booleans, index);
        foreach (int column in columns.Sources.Append(columns.Label).Append(columns.Id).Where(column => column >= 0))
        {
            if (source[column].Content == ColumnContent.Other)
            {
                throw new DataFormatException($"{file}: {columns.Describe(column)} holds {source[column].Type}, which cannot be read. " +
                    (columns.FeatureOf[column] >= 0 ? $"Leave it out with --drop {columns.OptionFor(column)}, or flatten it."
                        : "Choose another column."));
            }
        }

        int[] texts = [.. columns.Sources.Where((column, feature) =>
            source[column].Content == ColumnContent.Text && columns.Features[feature].Kind != FeatureKind.Category)];
        if (texts.Length == 0) return columns;
        string list = ColumnName.List([.. texts.Select(column => names[column])]);
        string options = string.Join(' ', texts.Take(10).Select(column => $"--drop {columns.OptionFor(column)}"));
        throw new DataFormatException(columns.HasSchema
            ? $"{file}: {(texts.Length == 1 ? "a column holds" : "columns hold")} text where the model has numbers: {list}. " +
              "Store numbers there, as in the training data."
            : $"{file}: {(texts.Length == 1 ? "a column holds" : $"{texts.Length} columns hold")} text: {list}. Read them as categories " +
              $"with --categorical, leave them out with {options}, or, if one names {request.Options.IdMeaning}, take it with {request.Options.IdOption}.");
    }
}
