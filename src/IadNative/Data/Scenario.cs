using IadNative.Data;
using IadNative.Messages;
using IadNative.Random;

namespace IadNative;

/// <summary>
/// Contaminated training data made of labelled data, as the method's paper tests it: which classes are normal, and how many
/// anomalies are mixed in.
/// </summary>
public static class Scenario
{
    /// <summary>The same samples with labels: those of the given classes are normal, all others anomalies.</summary>
    /// <param name="data">Samples whose classes are known.</param>
    /// <param name="normal">The normal classes, by name.</param>
    /// <exception cref="ArgumentException">The classes are not known, or there is no such class.</exception>
    public static Dataset WithNormal(Dataset data, IReadOnlyCollection<string> normal)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(normal);
        if (data.Classes is not { } classes)
            throw new ArgumentException(
                $"The classes of {data.Name} are not known, so that none can be the normal one.", nameof(data));
        foreach (string name in normal)
        {
            if (!classes.Contains(name))
                throw new ArgumentException($"{data.Name} has no class {ForeignText.Quote(name)}. Its classes are " +
                    $"{ColumnName.List([.. classes.Distinct().Order(StringComparer.Ordinal)])}.", nameof(normal));
        }
        bool[] labels = new bool[data.Rows];
        for (int i = 0; i < labels.Length; i++)
            labels[i] = !normal.Contains(classes[i]);
        return data.With(labels);
    }

    /// <summary>
    /// All n₀ normal samples and m = max(1, round(n₀·r/(1 − r))) of the anomalies, halves rounded up: the first m of a random
    /// permutation of them, the same on every machine. The samples keep their order.
    /// </summary>
    /// <param name="data">Labelled samples.</param>
    /// <param name="contamination">r: the share of anomalies that is aimed at, above 0 and below 1.</param>
    /// <param name="seed">Key of the random numbers.</param>
    /// <exception cref="ArgumentException">
    /// There are no labels, no normal samples, or fewer than m anomalies; or <paramref name="contamination"/> is out of range.
    /// </exception>
    public static Dataset Contaminate(Dataset data, double contamination, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(data);
        if (data.Labels is not { } labels)
            throw new ArgumentException($"{data.Name} has no labels, so that its anomalies are not known.", nameof(data));
        int normals = data.Rows - data.Anomalies;
        if (normals == 0)
            throw new ArgumentException($"{data.Name} has no normal samples.", nameof(data));
        decimal count = CountAnomalies(normals, contamination);
        if (count > data.Anomalies)
            throw new ArgumentException(FormattableString.Invariant(
                $"A contamination of {contamination} takes {count} anomalies beside {normals} normal samples, ") +
                $"but {data.Name} has only {data.Anomalies}. Give a smaller one.", nameof(contamination));

        var anomalies = new List<int>(data.Anomalies);
        for (int i = 0; i < labels.Length; i++)
        {
            if (labels[i])
                anomalies.Add(i);
        }
        bool[] chosen = new bool[labels.Length];
        ReadOnlySpan<int> order = new Permutation(anomalies.Count).Draw(new RandomSequence(seed, RandomPurpose.Anomalies, member: 0));
        foreach (int i in order[..(int)count])
            chosen[anomalies[i]] = true;
        return data.Select([.. Enumerable.Range(0, labels.Length).Where(i => !labels[i] || chosen[i])]);
    }

    /// <summary>max(1, round(n₀·r/(1 − r))), in decimal numbers, so that a half is one: 1460.5 for 5842 and 0.2.</summary>
    private static decimal CountAnomalies(int normals, double contamination)
    {
        decimal share = contamination is > 0 and < 1 ? (decimal)contamination : 0;
        return share is > 0 and < 1
            ? Math.Max(1, Math.Round(normals * share / (1 - share), MidpointRounding.AwayFromZero))
            : throw new ArgumentException(FormattableString.Invariant(
                $"The contamination is {contamination}; allowed is above 0, below 1."), nameof(contamination));
    }
}
