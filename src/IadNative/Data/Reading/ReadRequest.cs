using IadNative.Data.Formats;

namespace IadNative.Data.Reading;

/// <summary>What every reader of a format is asked for.</summary>
/// <param name="Options">The user's options.</param>
/// <param name="Limits">The bounds within which a file is believed.</param>
/// <param name="Schema">The features that the rows are to have, in this order; null for those of the source.</param>
internal sealed record ReadRequest(DatasetReadOptions Options, ReaderLimits Limits, TableSchema? Schema = null)
{
    /// <summary>The bounds, with the growth that the options allow.</summary>
    public ReaderLimits Limits { get; } = Limits.Allowing(Options.MaxGrowth);
}
