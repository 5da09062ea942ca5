using System.Globalization;
using System.Text.RegularExpressions;

namespace IadNative.Tests.Emulator;

/// <summary>
/// What clang lets pass but the assembler of a real GPU, or the driver's way to launch kernels, would not: limits and inline
/// assembly in the PTX, and compiler extensions in the source.
/// </summary>
internal static partial class PtxLint
{
    private const int MostStaticShared = 48 << 10, MostParameterBytes = 4096, MostThreads = 1024;

    private const string ClusterHeader = "#include \"lab/cluster.cuh\"";

    /// <summary>
    /// Instructions in inline assembly that were looked up in the PTX manual: those of clusters, which kernels have that include their header. The
    /// product needs none.
    /// </summary>
    private static readonly HashSet<string> s_ofClusters = ["barrier.cluster", "mov.u32", "cvta.to", "cvt.u32", "mapa.shared", "ld.shared"];

    /// <summary>What is wrong with a kernel file, each with the name of the kernel.</summary>
    public static IEnumerable<string> Check(string ptx, string source) => [.. OfSource(source), .. OfPtx(ptx, source.Contains(ClusterHeader, StringComparison.Ordinal))];

    private static IEnumerable<string> OfSource(string source) =>
        from match in Extension().Matches(WithoutComments(source))
        select $"'{match.Value}' is not in the language that all compilers of kernels share";

    private static IEnumerable<string> OfPtx(string ptx, bool hasClusters)
    {
        int[] starts = [.. EntryStart().Matches(ptx).Select(match => match.Index), ptx.Length];
        int common = SharedBytes(ptx[..starts[0]]); // variables of several functions stand before the first of them
        for (int i = 0; i + 1 < starts.Length; i++)
        {
            string entry = ptx[starts[i]..starts[i + 1]];
            string name = EntryStart().Match(entry).Groups[1].Value;
            int shared = common + SharedBytes(entry);
            if (shared > MostStaticShared)
                yield return $"{name}: {shared} bytes of static shared memory, more than {MostStaticShared}";

            MatchCollection list = Parameter().Matches(entry[..entry.IndexOf(')')]);
            string[] parameters = [.. list.Select(match => match.Groups[1].Value)];
            if (parameters is not [{ Length: > 0 } bytes])
                yield return $"{name}: a kernel takes exactly one structure by value";
            else if (Number(bytes) > MostParameterBytes)
                yield return $"{name}: {bytes} bytes of parameters, more than {MostParameterBytes}";

            Match bounds = LaunchBounds().Match(entry);
            if (bounds.Success && Number(bounds.Groups[1].Value) > MostThreads)
                yield return $"{name}: launch bounds of more than {MostThreads} threads";
        }
        foreach (Match assembly in InlineAssembly().Matches(ptx))
            foreach (Match instruction in Instruction().Matches(assembly.Groups[1].Value))
                if (!hasClusters || !s_ofClusters.Contains(instruction.Groups[1].Value))
                    yield return $"'{instruction.Groups[1].Value}' is not a reviewed inline instruction";
    }

    private static int SharedBytes(string ptx) => SharedVariable().Matches(ptx).Sum(match =>
        Number(match.Groups[1].Value) / 8 * (match.Groups[2].Success ? Number(match.Groups[2].Value) : 1));

    private static int Number(string digits) => int.Parse(digits, CultureInfo.InvariantCulture);

    private static string WithoutComments(string source) => Comment().Replace(source, "");

    [GeneratedRegex(@"//.*|/\*[\s\S]*?\*/")]
    private static partial Regex Comment();

    [GeneratedRegex(@"\b(__builtin_\w+|__nvvm_\w+|__attribute__|extern\s+__shared__|__activemask|#include\s*<[^>]*>)")]
    private static partial Regex Extension();

    [GeneratedRegex(@"^\.visible \.entry (\w+)", RegexOptions.Multiline)]
    private static partial Regex EntryStart();

    [GeneratedRegex(@"^\s*\.shared .*?\.[busf](\d+) \w+(?:\[(\d+)\])?", RegexOptions.Multiline)]
    private static partial Regex SharedVariable();

    [GeneratedRegex(@"\.param [^,\[]*(?:\[(\d+)\])?")]
    private static partial Regex Parameter();

    [GeneratedRegex(@"\.maxntid (\d+)")]
    private static partial Regex LaunchBounds();

    [GeneratedRegex(@"// begin inline asm\n([\s\S]*?)// end inline asm")]
    private static partial Regex InlineAssembly();

    [GeneratedRegex(@"^\s*(?:@!?%?\w+\s+)?([a-z]\w*(?:\.\w+)?)", RegexOptions.Multiline)]
    private static partial Regex Instruction();
}
