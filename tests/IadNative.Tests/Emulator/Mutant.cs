using System.Text.RegularExpressions;

namespace IadNative.Tests.Emulator;

/// <summary>A kernel source with one of its barriers or fences dropped.</summary>
/// <param name="Source">Path of the file with the barrier, a kernel file or a header.</param>
/// <param name="Line">Its line, from 1.</param>
/// <param name="Dropped">What is dropped, such as <c>__syncthreads();</c>.</param>
/// <param name="Text">The file without it.</param>
internal sealed partial record Mutant(string Source, int Line, string Dropped, string Text)
{
    private const string Redundant = "// redundant: ";

    /// <summary>
    /// The mutants of a file, one for each <c>__syncthreads</c>, <c>__syncwarp</c> and <c>__threadfence</c>, barrier of a cluster and meeting of a team,
    /// that stands as a statement and has no comment "redundant:" with the reason, on its line or the one before.
    /// </summary>
    public static IEnumerable<Mutant> Of(string source)
    {
        string text = File.ReadAllText(source);
        string[] lines = text.Split('\n');
        foreach (Match match in Synchronization().Matches(text))
        {
            int line = text.AsSpan(0, match.Index).Count('\n') + 1;
            string before = lines[line - 1][..(match.Index - text.LastIndexOf('\n', match.Index) - 1)];
            bool isComment = before.Contains("//", StringComparison.Ordinal);
            bool isRedundant = lines[line - 1].Contains(Redundant, StringComparison.Ordinal)
                || (line > 1 && lines[line - 2].TrimStart().StartsWith(Redundant, StringComparison.Ordinal));
            if (!isComment && !isRedundant)
                yield return new(source, line, match.Value, text.Remove(match.Index, match.Length).Insert(match.Index, "(void)0;"));
        }
    }

    /// <summary>A folder with the sources of all kernels and samples, this one changed.</summary>
    public string WriteFolder()
    {
        // The same place for the same mutant, so that what the compiler made of it is found again.
        string name = $"{Path.GetFileName(Source)}-{Line}";
        string folder = Directory.CreateDirectory(Path.Combine(BuildCache.Folder, "mutants", name)).FullName;
        foreach (string path in KernelSources.KernelsAndSamples)
        {
            string copy = Path.Combine(folder, KernelSources.NameOf(path));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(path, copy, overwrite: true);
        }

        File.WriteAllText(Path.Combine(folder, KernelSources.NameOf(Source)), Text);
        return folder;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Path.GetFileName(Source)}:{Line} {Dropped}";

    [GeneratedRegex(@"\b(__(syncthreads|syncwarp|threadfence\w*)\([^()]*\)|CLUSTER_BARRIER\(\)|(Team::)?meet\(\));")]
    private static partial Regex Synchronization();
}
