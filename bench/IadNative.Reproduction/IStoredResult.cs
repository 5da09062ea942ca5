namespace IadNative.Reproduction;

/// <summary>What <see cref="ResultStore"/> keeps of a trial.</summary>
internal interface IStoredResult
{
    /// <summary>What determines it; see <see cref="TrialKey.Hash"/>.</summary>
    string Key { get; }

    /// <summary>What trained; see <see cref="EngineIdentity"/>.</summary>
    string Engine { get; }

    /// <summary>
    /// What no training of this trial gives, in words that follow the name of the file that holds it; null where all of it can be.
    /// </summary>
    string? FaultFor(Trial trial);
}
