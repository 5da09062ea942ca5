using IadNative.Iad;
using IadNative.Messages;

namespace IadNative;

/// <summary>What a network starts from when a new round begins.</summary>
public enum BetweenRounds
{
    /// <summary>Fresh weights, running statistics, Adam moments and center in every round.</summary>
    Reinitialize,

    /// <summary>The initial weights of round 0 again; everything else fresh.</summary>
    Same,

    /// <summary>Everything is carried on: weights, running statistics, Adam moments, center and radius.</summary>
    Warm,
}

/// <summary>The short names of <see cref="BetweenRounds"/>, as the command line and the model file write them.</summary>
internal static class BetweenRoundsNames
{
    private static readonly (BetweenRounds Value, string Name)[] s_names =
        [(BetweenRounds.Reinitialize, "reinit"), (BetweenRounds.Same, "same"), (BetweenRounds.Warm, "warm")];

    /// <summary>The short name: <c>reinit</c>, <c>same</c> or <c>warm</c>.</summary>
    public static string ToShortName(this BetweenRounds value) => Array.Find(s_names, entry => entry.Value == value).Name
        ?? throw new ArgumentOutOfRangeException(nameof(value), value, "This is no way to begin a round.");

    /// <summary>The value of a short name.</summary>
    /// <exception cref="FormatException">There is no such name.</exception>
    public static BetweenRounds Parse(string name)
    {
        foreach ((BetweenRounds value, string text) in s_names)
        {
            if (text == name) return value;
        }

        throw new FormatException($"{ForeignText.Quote(name)} is no way to begin a round. Use reinit, same or warm.");
    }
}
