namespace IadNative.Extensions.Hosting;

/// <summary>How it stands with the model of a detector.</summary>
/// <param name="LoadedAt">When the current model came in its place; null without a model.</param>
/// <param name="Failure">Why the last reload failed; null where it did not, or where there was none.</param>
public sealed record ModelStatus(DateTimeOffset? LoadedAt, string? Failure);
