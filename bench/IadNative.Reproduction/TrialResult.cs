using System.Text.Json.Serialization;

namespace IadNative.Reproduction;

/// <summary>What is kept of one trial: enough for every table and criterion, so that none needs a second run.</summary>
internal sealed record TrialResult : IStoredResult
{
    /// <inheritdoc/>
    public required string Key { get; init; }

    /// <summary>The same in words; see <see cref="TrialKey.Inputs"/>.</summary>
    public required string Inputs { get; init; }

    /// <inheritdoc/>
    public required string Engine { get; init; }

    /// <summary>AUC of the network before its first step; null when a score was not finite.</summary>
    public required double? Untrained { get; init; }

    /// <summary>
    /// AUC of the squared distance of the features from their mean; null of earlier versions, which did not keep it.
    /// </summary>
    public double? Distance { get; init; }

    /// <summary>AUC of each finished round, from 0; empty when training failed in the first.</summary>
    public required IReadOnlyList<double> Auc { get; init; }

    /// <summary>The round that each termination criterion selects.</summary>
    public required IReadOnlyDictionary<string, int> SelectedBy { get; init; }

    /// <summary>What must be known, such as a frozen run or collapsed scores; empty when all went well.</summary>
    public required IReadOnlyList<string> Alarms { get; init; }

    /// <summary>Whether a round was finished.</summary>
    [JsonIgnore]
    public bool HasRounds => Auc.Count > 0;

    /// <summary>AUC of the base model.</summary>
    [JsonIgnore]
    public double Base => Auc[0];

    /// <summary>AUC of the best round.</summary>
    [JsonIgnore]
    public double Best => Auc.Max();

    /// <summary>AUC of the round that a criterion selects.</summary>
    public double By(string criterion) => Auc[SelectedBy[criterion]];

    /// <inheritdoc/>
    public string? FaultFor(Trial trial)
    {
        int rounds = trial.Cell.Settings.Training.Rounds + 1;
        if (TrialKey.HashOf(Inputs) != Key) return "has inputs of another key";
        if (Alarms.Contains(null!)) return "holds an alarm without words";
        if (!Auc.Append(Untrained ?? 0).Append(Distance ?? 0).All(auc => auc is >= 0 and <= 1)) return "holds an AUC that is not between 0 and 1";
        if (Auc.Count > rounds) return "holds more rounds than its settings have";
        // A training that stops early says why.
        if (Auc.Count < rounds && Alarms.Count == 0) return "lacks rounds, and no alarm says why";
        bool selected = HasRounds
            ? Criteria.All.All(SelectedBy.ContainsKey) && SelectedBy.Values.All(round => round >= 0 && round < Auc.Count)
            : SelectedBy.Count == 0;
        return selected ? null : "selects rounds that it does not have";
    }
}
