using IadNative.Iad;

namespace IadNative.Cli;

/// <summary>The words for what a network starts from in a new round.</summary>
internal static class BetweenRoundsNames
{
    /// <summary>All words.</summary>
    public static IReadOnlyList<string> All { get; } = ["reinit", "same", "warm"];

    /// <summary>The word of a value.</summary>
    public static string ToShortName(this BetweenRounds between) => between switch
    {
        BetweenRounds.Reinitialize => "reinit",
        BetweenRounds.Same => "same",
        _ => "warm",
    };

    /// <summary>The value of one of <see cref="All"/>.</summary>
    public static BetweenRounds Parse(string word) => word switch
    {
        "reinit" => BetweenRounds.Reinitialize,
        "same" => BetweenRounds.Same,
        _ => BetweenRounds.Warm,
    };
}
