namespace IadNative.Extensions.Hosting;

/// <summary>Where the model of a detector comes from, and when it is replaced.</summary>
public sealed class AnomalyDetectorOptions
{
    /// <summary>The model file; null where the model comes from the program.</summary>
    public string? Path { get; set; }

    /// <summary>A model that is loaded already; null where it comes from a file, or later by <see cref="IAnomalyDetectorProvider.Replace"/>.</summary>
    public AnomalyDetector? Detector { get; set; }

    /// <summary>Whether the file is looked at again and again, and read when it has changed; true unless said otherwise.</summary>
    public bool Watch { get; set; } = true;

    /// <summary>
    /// The time between two looks at the file, from 10 milliseconds to a day; a second unless said otherwise. A change is read once the file
    /// looked the same twice, so that a new model serves one to two of these times after it was written.
    /// </summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Whether the host may start without a model, and has it as soon as the file is there. Otherwise a file that is missing or damaged at
    /// the start is an exception.
    /// </summary>
    public bool Optional { get; set; }

    /// <summary>
    /// Whether a model may have other columns than the one before. Callers that make rows for the old one would have theirs refused or, worse,
    /// scored as something else; so it is refused unless this says that they cope.
    /// </summary>
    public bool AllowOtherColumns { get; set; }

    /// <summary>What a model file may take in memory.</summary>
    public LoadOptions Load { get; set; } = new();
}
