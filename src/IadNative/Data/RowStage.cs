namespace IadNative.Data;

/// <summary>What rows are gone through for, beside training.</summary>
internal enum RowStage
{
    /// <summary>They come from their source.</summary>
    Reading,

    /// <summary>All have come, and are looked at once more before they are a table.</summary>
    Checking,

    /// <summary>It is learned how they are prepared, and they are.</summary>
    Preparing,

    /// <summary>The detector scores them.</summary>
    Scoring,
}
