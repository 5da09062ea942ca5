using IadNative.Detectors;

namespace IadNative;

/// <summary>What a row holds that training has not seen, and what a score does not tell.</summary>
[Flags]
public enum RowIrregularities
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>
    /// A feature that had one value in training has another, by more than a millionth of it. Networks do not see such features: training
    /// could not learn what they mean.
    /// </summary>
    MovedConstant = 1,

    /// <summary>A category has a level that training has not seen.</summary>
    UnseenLevel = 2,

    /// <summary>A cell is missing; where the detector may fill it, the score is that of the filled row.</summary>
    Missing = 4,
}
