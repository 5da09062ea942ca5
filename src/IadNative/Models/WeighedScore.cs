namespace IadNative.Models;

/// <summary>The form of the scores that importance weights follow; scores and ranks are the same either way.</summary>
internal enum WeighedScore
{
    /// <summary>The scores as they are.</summary>
    Plain,

    /// <summary>Minus the densities, of scores that are negative log-likelihoods: −exp(min(s_med − s, 500)).</summary>
    Density,

    /// <summary>The logarithms log max(s, 1e-12), of scores that are squared distances.</summary>
    Logarithm,

    /// <summary>None: importance weights stay 1, since the model finds itself what it trains on.</summary>
    None,
}
