namespace IadNative.Data.Reading;

/// <summary>
/// The features that somebody, such as a trained model, expects of a table. Where both sides have names, columns are found by name
/// and others are passed over; where neither has, or on request, by their place.
/// </summary>
/// <param name="Features">Names, kinds and levels; a level that is not among them is read as -1.</param>
/// <param name="AreNamed">Whether the names are real ones, rather than x1 ... xd for want of them.</param>
/// <param name="ByPosition">Whether names do not count.</param>
internal sealed record TableSchema(IReadOnlyList<FeatureColumn> Features, bool AreNamed, bool ByPosition = false);
