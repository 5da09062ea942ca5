namespace IadNative.Extensions.Hosting;

/// <summary>
/// The model that a detector has now. It may be replaced at any moment, as a whole: whoever reads it has the old one or the new one.
/// Safe for concurrent use; neither reading it nor scoring waits for a lock.
/// </summary>
public interface IAnomalyDetectorProvider
{
    /// <summary>The name that it was added under; empty for the one without.</summary>
    string Name { get; }

    /// <summary>The model of now; null while there is none. Who needs the same one twice keeps what was read.</summary>
    AnomalyDetector? Current { get; }

    /// <summary>When the model was loaded, and whether the last reload failed.</summary>
    ModelStatus Status { get; }

    /// <summary>Scores a row, or says why it cannot be. Allocates nothing where the model's own buffers are there.</summary>
    /// <param name="row">d raw features.</param>
    /// <param name="score">Receives the score, or the reason.</param>
    /// <returns>Whether the row was scored.</returns>
    bool TryScore(ReadOnlySpan<float> row, out DetectorScore score);

    /// <summary>Scores a row in float64, or says why it cannot be.</summary>
    /// <param name="row">d raw features.</param>
    /// <param name="score">Receives the score, or the reason.</param>
    /// <returns>Whether the row was scored.</returns>
    bool TryScore(ReadOnlySpan<double> row, out DetectorScore score);

    /// <summary>Scores n rows, all by the same model, on the calling thread.</summary>
    /// <param name="rows">n × d raw features, row-major.</param>
    /// <param name="scores">Receives what came of each of the n rows.</param>
    /// <returns>How many were scored.</returns>
    /// <exception cref="ArgumentException">The numbers cannot be shared out evenly among the rows.</exception>
    int TryScore(ReadOnlySpan<float> rows, Span<DetectorScore> scores);

    /// <summary>Puts another model in the place of the current one.</summary>
    /// <exception cref="ArgumentNullException">There is no model.</exception>
    /// <exception cref="ArgumentException">
    /// Its columns are not those of the current one, and <see cref="AnomalyDetectorOptions.AllowOtherColumns"/> is not set.
    /// </exception>
    void Replace(AnomalyDetector detector);

    /// <summary>
    /// Reads the model file now, on the calling thread and whether it has changed or not. What goes wrong is logged and in
    /// <see cref="Status"/>, and the old model stays.
    /// </summary>
    /// <returns>Whether the current model is that of the file.</returns>
    /// <exception cref="InvalidOperationException">The detector has no file.</exception>
    bool TryReload();
}
