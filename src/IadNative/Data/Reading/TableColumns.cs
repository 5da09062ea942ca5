namespace IadNative.Data.Reading;

/// <summary>
/// Which column of a source is what: a feature, the labels, the names of samples, or nothing that is read. All formats ask here, so
/// that options and schemas mean the same everywhere.
/// </summary>
internal sealed class TableColumns
{
    private readonly List<string> _notes = [];
    private readonly IReadOnlyList<string>? _names;

    private TableColumns(IReadOnlyList<string>? names, int count)
    {
        _names = names;
        Count = count;
        FeatureOf = new int[count];
        FeatureOf.AsSpan().Fill(-1);
    }

    /// <summary>Columns of the source.</summary>
    public int Count { get; }

    /// <summary>The label column, or -1.</summary>
    public int Label { get; private set; } = -1;

    /// <summary>The column that names the samples, or -1.</summary>
    public int Id { get; private set; } = -1;

    /// <summary>For each column of the source its place among the features, or -1.</summary>
    public int[] FeatureOf { get; }

    /// <summary>For each feature its column in the source.</summary>
    public int[] Sources { get; private set; } = [];

    /// <summary>The features in the order of the rows' numbers. Kinds are those of the schema, declared, or <see cref="FeatureKind.Number"/>.</summary>
    public FeatureColumn[] Features { get; private set; } = [];

    /// <summary>Whether the features' names are the source's, or the schema's own.</summary>
    public bool AreNamed { get; private set; }

    /// <summary>Whether a schema decided kinds and levels.</summary>
    public bool HasSchema { get; private set; }

    /// <summary>What was done without being told.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>Decides.</summary>
    /// <param name="file">The source, for messages.</param>
    /// <param name="names">One a column; null where the source has none.</param>
    /// <param name="count">Its columns, at least 1.</param>
    /// <param name="request">Options and schema.</param>
    /// <param name="booleans">Columns that the source itself says to hold yes or no; null for none.</param>
    /// <param name="unnamedIndex">A column that only counts the rows and is no feature unless an option says so; -1 for none.</param>
    /// <exception cref="DataFormatException">
    /// A column that is asked for is not there, two are called alike, one has two roles, or no feature is left.
    /// </exception>
    public static TableColumns Choose(string file, IReadOnlyList<string>? names, int count, ReadRequest request,
        IReadOnlyCollection<int>? booleans = null, int unnamedIndex = -1)
    {
        DatasetReadOptions options = request.Options;
        var columns = new TableColumns(names, count)
        {
            Label = ColumnName.Find("label column", options.Label, names, count, file),
            Id = ColumnName.Find(options.IdOption == "--id" ? "id column" : $"{options.IdOption} column", options.Id, names, count, file),
        };
        var dropped = options.Drop.Select(name => ColumnName.Find("column to drop", name, names, count, file)).ToHashSet();
        if (columns.Label >= 0 && (columns.Label == columns.Id || dropped.Contains(columns.Label)) ||
            columns.Id >= 0 && dropped.Contains(columns.Id))
            throw new DataFormatException($"{file}: one column cannot be two of label, id and dropped at once. Give different ones.");
        if (unnamedIndex >= 0 && columns.Label != unnamedIndex && columns.Id != unnamedIndex && dropped.Add(unnamedIndex))
            columns._notes.Add($"column {unnamedIndex + 1} has no name and only counts the rows; it is left out");
        int[] candidates = [.. Enumerable.Range(0, count).Where(i => i != columns.Label && i != columns.Id && !dropped.Contains(i))];
        if (candidates.Length == 0)
            throw new DataFormatException(columns.Label >= 0 && count == 1
                ? $"{file}: the label column is the only one; there is no feature beside it."
                : $"{file}: no feature is left of its {count} columns. Drop fewer.");

        columns.Sources = request.Schema is { } schema ? columns.Match(file, schema, candidates) : candidates;
        for (int i = 0; i < columns.Sources.Length; i++) columns.FeatureOf[columns.Sources[i]] = i;
        columns.RefuseDoubles(file, request.Schema is not null);
        if (request.Schema is { } expected)
        {
            (columns.Features, columns.AreNamed, columns.HasSchema) = ([.. expected.Features], expected.AreNamed, true);
            return columns;
        }

        var categorical = options.Categorical.Select(name => ColumnName.Find("categorical column", name, names, count, file)).ToHashSet();
        columns.AreNamed = names is not null;
        columns.Features = [.. columns.Sources.Select((source, i) => new FeatureColumn(names?[source] ?? $"x{i + 1}",
            categorical.Contains(source) ? FeatureKind.Category
            : booleans?.Contains(source) == true ? FeatureKind.Boolean : FeatureKind.Number))];
        return columns;
    }

    /// <summary>A column of the source in a message.</summary>
    public string Describe(int column) => ColumnName.Describe(column, _names?[column]);

    /// <summary>What an option calls a column of the source, as a shell takes it.</summary>
    public string OptionFor(int column) => ColumnName.Option(column, _names?[column]);

    private int[] Match(string file, TableSchema schema, int[] candidates)
    {
        int expected = schema.Features.Count;
        if (schema.ByPosition || (!schema.AreNamed && _names is null))
        {
            return candidates.Length == expected ? candidates : throw new DataFormatException(
                $"{file} has {candidates.Length} features, but {expected} are expected.{HintOnNumber(candidates.Length - expected)}");
        }

        if (!schema.AreNamed || _names is null)
        {
            throw new DataFormatException(_names is null
                ? $"{file}: its columns have no names, but the expected features are called {ColumnName.List([.. schema.Features.Select(f => f.Name)])}. " +
                  "If the columns stand in that order, add --by-position."
                : $"{file}: its columns have names, but the expected features have none, so that they cannot be told by name. If the " +
                  $"{candidates.Length} columns stand in the order of the training data, add --by-position.");
        }

        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (int i in Enumerable.Reverse(candidates)) places[_names[i]] = i;
        string[] missing = [.. schema.Features.Select(f => f.Name).Where(name => !places.ContainsKey(name))];
        if (missing.Length > 0)
        {
            throw new DataFormatException($"{file}: {(missing.Length == 1 ? "a feature is" : $"{missing.Length} features are")} missing: " +
                $"{ColumnName.List(missing)}. Its columns are {ColumnName.List(_names)}. Add what is missing; or, if only names differ and " +
                "the order is right, add --by-position.");
        }

        int[] sources = [.. schema.Features.Select(feature => places[feature.Name])];
        string[] extra = [.. candidates.Except(sources).Select(i => _names[i])];
        if (extra.Length > 0)
            _notes.Add($"{(extra.Length == 1 ? "a column is" : $"{extra.Length} columns are")} no feature and passed over: {ColumnName.List(extra)}");
        return sources;
    }

    private void RefuseDoubles(string file, bool hasSchema)
    {
        if (_names is null) return;
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (int i in Sources.Append(Label).Append(Id).Where(i => i >= 0).Order())
        {
            if (!places.TryAdd(_names[i], i)) throw ColumnName.Doubled(file, places[_names[i]], i, _names[i]);
        }

        // With a schema the second of two columns would pass for one that is not expected.
        if (!hasSchema) return;
        for (int i = 0; i < _names.Count; i++)
        {
            if (places.TryGetValue(_names[i], out int first) && first != i && FeatureOf[i] < 0)
                throw ColumnName.Doubled(file, first, i, _names[i]);
        }
    }

    private static string HintOnNumber(int more) => more switch
    {
        1 => " If one of its columns holds labels, name it with --label.",
        -1 => " If --label was given for data without labels, leave it away.",
        _ => "",
    };
}
