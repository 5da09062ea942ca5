using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using IadNative.Cuda;
using IadNative.Cuda.Fusion;
using IadNative.Cuda.Operations;
using KernelFiles = IadNative.Tests.Emulator.KernelSources;

namespace IadNative.Tests.Cuda;

/// <summary>
/// The structures that are handed to kernels, and the records that they fill, lie in memory as the kernels' own: the same names
/// at the same offsets.
/// </summary>
public sealed partial class KernelArgumentLayoutTests
{
    /// <summary>The engine's structures.</summary>
    internal static readonly Type[] Structures =
    [
        .. typeof(SortArguments).Assembly.GetTypes()
            .Where(type => type is { IsValueType: true, Namespace: "IadNative.Cuda" or "IadNative.Cuda.Operations" or "IadNative.Cuda.Fusion" }
                && (type.Name.EndsWith("Arguments", StringComparison.Ordinal)
                    || type.Name.EndsWith("Record", StringComparison.Ordinal) || type.Name.EndsWith("Rule", StringComparison.Ordinal))),
    ];

    /// <summary>The kernels' structures by name, such as GatherArgs: what stands between its braces, without comments.</summary>
    internal static readonly Dictionary<string, string> KernelStructures = KernelFiles.ProductFiles
        .Select(file => Comment().Replace(File.ReadAllText(file), ""))
        .SelectMany(text => Structure().Matches(text))
        .ToDictionary(match => match.Groups["name"].Value, match => match.Groups["body"].Value);

    [Test]
    public void Kernels_and_engine_know_the_same_structures()
    {
        Assert.That(Structures, Is.Not.Empty);
        Assert.That(Structures.Select(KernelName), Is.EquivalentTo(KernelStructures.Keys));
    }

    [TestCaseSource(nameof(Structures))]
    public void Fields_lie_where_the_kernel_reads_them(Type structure)
    {
        List<(string Name, string Type, int Offset)> expected = [];
        int end = 0, alignment = 1;
        foreach ((string type, string name) in FieldsOf(KernelStructures[KernelName(structure)]))
        {
            int size = SizeOf(type), own = AlignmentOf(type);
            end = RoundUp(end, own);
            expected.Add((name, type, end));
            end += size;
            alignment = Math.Max(alignment, own);
        }

        FieldInfo[] fields = structure.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic);
        Assert.That(
            fields.Select(field => (field.Name.ToUpperInvariant(), (int)Marshal.OffsetOf(structure, field.Name))),
            Is.EqualTo(expected.Select(field => (field.Name.Replace("_", "", StringComparison.Ordinal).ToUpperInvariant(), field.Offset))));
        Assert.That(
            fields.Select(field => field.FieldType),
            Is.EqualTo(expected.Select(field => ManagedType(field.Type))));
        Assert.That(Marshal.SizeOf(structure), Is.EqualTo(RoundUp(end, alignment)));
    }

    /// <summary>What a structure is called in the kernels.</summary>
    internal static string KernelName(Type structure) => structure.Name.Replace("Arguments", "Args", StringComparison.Ordinal);

    /// <summary>Types and names of a structure's fields, in order.</summary>
    /// <param name="body">One of <see cref="KernelStructures"/>.</param>
    internal static IEnumerable<(string Type, string Name)> FieldsOf(string body)
    {
        foreach (Match declaration in Declaration().Matches(body))
        {
            string type = declaration.Groups["type"].Value.Trim();
            foreach (string name in declaration.Groups["names"].Value.Split(',', StringSplitOptions.TrimEntries)) yield return (type, name);
        }
    }

    // A structure within a structure is aligned as the largest of its fields.
    private static int AlignmentOf(string type) =>
        KernelStructures.TryGetValue(type, out string? body) ? FieldsOf(body).Max(field => AlignmentOf(field.Type)) : SizeOf(type);

    private static int SizeOf(string type) => Marshal.SizeOf(ManagedType(type));

    private static Type ManagedType(string type) => type switch
    {
        _ when type.EndsWith('*') => typeof(ulong),
        "long long" => typeof(long),
        "unsigned long long" => typeof(ulong),
        "double" => typeof(double),
        "float" => typeof(float),
        "int" => typeof(int),
        "AdamRule" => typeof(AdamRule),
        "ChainEpochArgs" => typeof(ChainEpochArguments),
        _ => throw new NotSupportedException($"What is the managed type of {type}?"),
    };

    private static int RoundUp(int offset, int alignment) => (offset + alignment - 1) / alignment * alignment;

    [GeneratedRegex(@"//[^\n]*")]
    private static partial Regex Comment();

    [GeneratedRegex(@"struct\s+(?<name>\w+(Args|Record|Rule))\s*\{(?<body>[^}]*)\}")]
    private static partial Regex Structure();

    [GeneratedRegex(@"(?<type>[\w\s]+?[\s*]+)(?<names>\w+(\s*,\s*\w+)*)\s*;")]
    private static partial Regex Declaration();
}
