namespace IadNative.Mutation;

/// <summary>
/// Mutants that no test can tell from the program, each with the reason. A file holds blocks of four lines (file, line of the source,
/// change, reason) with an empty line between them; lines with # in front are for people.
/// </summary>
internal sealed class Equivalents
{
    private readonly Dictionary<string, string> _reasons = [];

    private Equivalents(IEnumerable<string> lines)
    {
        foreach (string[] block in Blocks(lines))
        {
            if (block.Length != 4)
                throw new FormatException($"Four lines make an entry: file, line, change, reason. This one has {block.Length}: {block[0]}");
            if (!_reasons.TryAdd($"{block[0]}\t{block[1]}\t{block[2]}", block[3]))
                throw new FormatException($"An entry is there twice: {block[0]}, {block[2]}");
        }
    }

    /// <summary>Reads them.</summary>
    /// <exception cref="FormatException">An entry is not as said.</exception>
    public static Equivalents Parse(string text) => new(text.ReplaceLineEndings("\n").Split('\n'));

    /// <summary>How many there are.</summary>
    public int Count => _reasons.Count;

    /// <summary>Why a mutant cannot be killed; null for one that can.</summary>
    public string? ReasonOf(Mutant mutant) => _reasons.GetValueOrDefault(mutant.Key);

    /// <summary>Entries of which the library has no mutant.</summary>
    public IEnumerable<string> Missing(IEnumerable<Mutant> mutants) => _reasons.Keys.Except(mutants.Select(mutant => mutant.Key));

    private static IEnumerable<string[]> Blocks(IEnumerable<string> lines)
    {
        List<string> block = [];
        foreach (string line in lines.Where(line => !line.StartsWith('#')).Select(line => line.Trim()).Append(""))
        {
            if (line.Length > 0)
            {
                block.Add(line);
            }
            else if (block.Count > 0)
            {
                yield return [.. block];
                block = [];
            }
        }
    }
}
