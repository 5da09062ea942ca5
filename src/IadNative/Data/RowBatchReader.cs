using System.Runtime.ExceptionServices;
using IadNative.Data;
using IadNative.Data.Reading;

namespace IadNative;

/// <summary>
/// A table of any format that is read from front to back, batch by batch, in memory that does not depend on its length.
/// <see cref="DatasetReader.OpenBatches(string, DatasetReadOptions?, CancellationToken)"/> opens one, and
/// <see cref="AnomalyDetector.OpenBatches(string, DatasetReadOptions?, bool, CancellationToken)"/> one with a detector's columns. For one thread
/// at a time; what was read may be scored by others meanwhile.
/// </summary>
public sealed class RowBatchReader : IDisposable
{
    private readonly TableReader _reader;
    private ExceptionDispatchInfo? _failure;
    private bool _hasEnded;
    private bool _isDisposed;

    internal RowBatchReader(TableReader reader) => _reader = reader;

    /// <summary>The source's name, without its folder.</summary>
    public string Name => _reader.Name;

    /// <summary>
    /// The d features of a row, a detector's or the source's own. Of the latter the kinds of columns of text, and the levels of categories, are
    /// those met so far.
    /// </summary>
    public IReadOnlyList<FeatureColumn> Features => _reader.Features;

    /// <summary>How each row makes up an image; null for a table.</summary>
    public ImageShape? Image => _reader.Image;

    /// <summary>Whether rows have labels.</summary>
    public bool HasLabels => _reader.Labels is not null;

    /// <summary>What was found out about the source rather than told, one sentence each.</summary>
    public IReadOnlyList<string> Notes => _reader.Notes;

    /// <summary>For each feature how many of its cells were missing so far, in rows that were left out too.</summary>
    public IReadOnlyList<long> MissingCells => _reader.MissingCells;

    /// <summary>How many rows <see cref="MissingValues.Drop"/> has left out so far.</summary>
    public long DroppedRows => _reader.DroppedRows;

    internal bool HasIds => _reader.HasIds;

    internal bool HasClasses => _reader.HasClasses;

    /// <summary>Makes a batch for the rows of this source: up to 4,096 of them, fewer where rows are long.</summary>
    public RowBatch CreateBatch() => new(this, _reader.Features.Count);

    /// <summary>
    /// Fills a batch with the next rows. What goes wrong ends the reading: nobody knows where the next row would begin, and every later call
    /// throws the same again.
    /// </summary>
    /// <param name="batch">Of <see cref="CreateBatch"/>.</param>
    /// <returns>False when there are no more; the batch is empty then.</returns>
    /// <exception cref="DataFormatException">
    /// The source is damaged, or holds a cell that is refused; the message lists such cells of all the rest of the source.
    /// </exception>
    /// <exception cref="IOException">The source cannot be read.</exception>
    /// <exception cref="ArgumentException"><paramref name="batch"/> is null, or of another reader.</exception>
    /// <exception cref="OperationCanceledException">The reading was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The reader is closed.</exception>
    public bool Read(RowBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (batch.Reader != this) throw new ArgumentException($"The batch is one of another reader than that of {Name}.", nameof(batch));
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        _failure?.Throw();
        try
        {
            _hasEnded = !_reader.Read(batch.Block);
            if (_reader.Labels is { } labels) batch.Name(labels);
            return !_hasEnded;
        }
        catch (Exception exception)
        {
            _failure = ExceptionDispatchInfo.Capture(exception);
            throw;
        }
    }

    /// <summary>
    /// Whether a label marks an anomaly, by <see cref="DatasetReadOptions.Positive"/> or, without it, by all labels of the source; so it can be
    /// asked after the last batch.
    /// </summary>
    /// <param name="label">One of <see cref="RowBatch.Labels"/>.</param>
    /// <exception cref="InvalidOperationException">Not all batches were read.</exception>
    /// <exception cref="ArgumentException">The source has no such label.</exception>
    /// <exception cref="DataFormatException">The labels do not say what is an anomaly, or none is the declared one.</exception>
    public bool IsAnomaly(string label)
    {
        ArgumentNullException.ThrowIfNull(label);
        if (!_hasEnded) throw new InvalidOperationException($"What the labels of {Name} mean is known when all batches are read.");
        if (_reader.Labels is not { } labels || labels.IndexOf(label) is not (>= 0 and var code))
            throw new ArgumentException($"{Name} has no such label.", nameof(label));
        return labels.TryMeanings(Name, out bool[] anomalies, out _)
            ? anomalies[code]
            : throw new DataFormatException($"{Name}: {labels.WhyNone}.");
    }

    /// <summary>Closes the source; a stream that was given stays open.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        _reader.Dispose();
    }
}
