using System.Security.Cryptography;
using System.Text;
using IadNative.Iad;
using static System.FormattableString;

namespace IadNative.Reproduction;

/// <summary>
/// What determines a trial's numbers but for rounding: the same for every build, machine and folder, so that what several of them
/// trained adds up. Which table asked is no part of it, nor is the engine.
/// </summary>
/// <param name="Inputs">
/// The data's checksum; share of drawn anomalies, normal class and all options, defaults included; the seed; and
/// <see cref="AlgorithmVersion"/>.
/// </param>
internal sealed record TrialKey(string Inputs)
{
    /// <summary>SHA-256 of the inputs, 64 hexadecimal digits.</summary>
    public string Hash { get; } = HashOf(Inputs);

    /// <summary>SHA-256 of a text, 64 hexadecimal digits.</summary>
    public static string HashOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>The key of a trial on data with a checksum.</summary>
    public static TrialKey Of(Trial trial, string checksum)
    {
        string contamination = trial.Cell.Contamination is { } share ? Invariant($"{share}") : "none";
        return new TrialKey(Invariant($"data:{checksum} contamination:{contamination} normal-class:{trial.NormalClass ?? "none"} ")
            + Invariant($"{trial.Cell.Settings.Canonical(trial.Cell.Dataset)} ")
            + Invariant($"seed:{trial.Seed} algorithm:{AlgorithmVersion.Current}"));
    }
}
