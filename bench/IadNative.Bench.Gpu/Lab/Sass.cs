using System.Globalization;
using System.Text.RegularExpressions;

namespace IadNative.Bench.Gpu.Lab;

/// <summary>An instruction of a GPU.</summary>
/// <param name="Address">Where it lies in its kernel.</param>
/// <param name="Opcode">With its modifiers, such as <c>LDS.128</c>.</param>
/// <param name="BranchesTo">Where it jumps, or null.</param>
/// <param name="Predicate">What it depends on, such as <c>P0</c>; empty for nothing.</param>
/// <param name="Operands">What follows the opcode, one by one.</param>
internal sealed record SassInstruction(int Address, string Opcode, int? BranchesTo, string Predicate, IReadOnlyList<string> Operands)
{
    /// <summary>Whether it is an instruction of this name, whatever the modifiers.</summary>
    public bool Is(string name) => Opcode == name || Opcode.StartsWith(name + '.', StringComparison.Ordinal);
}

/// <summary>A kernel as the assembler left it, read from what <c>cuobjdump -sass</c> prints.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Instructions">In the order of addresses.</param>
internal sealed partial record SassKernel(string Name, IReadOnlyList<SassInstruction> Instructions)
{
    /// <summary>The loops: from where a branch goes back to, to that branch. Inner ones are parts of outer ones.</summary>
    public IReadOnlyList<SassInstruction[]> Loops { get; } =
    [
        .. Instructions.Where(last => last.BranchesTo < last.Address).Select(last =>
            Instructions.Where(one => one.Address >= last.BranchesTo && one.Address <= last.Address).ToArray()),
    ];

    /// <summary>The kernels of a text.</summary>
    public static SassKernel[] Read(string text) =>
    [
        .. Function().Split(text).Skip(1).Chunk(2).Select(part => new SassKernel(part[0], [.. Instruction().Matches(part[1]).Select(match =>
            new SassInstruction(
                Hexadecimal(match.Groups["address"]), match.Groups["opcode"].Value,
                match.Groups["target"].Success ? Hexadecimal(match.Groups["target"]) : null, match.Groups["predicate"].Value,
                match.Groups["operands"].Value.Split(',', StringSplitOptions.TrimEntries)))])),
    ];

    /// <summary>The smallest loop around each instruction that is looked for and in a loop.</summary>
    public IEnumerable<SassInstruction[]> InnermostLoopsWith(string name) =>
        Instructions.Where(one => one.Is(name)).Select(one => Loops.Where(loop => loop.Contains(one)).MinBy(loop => loop.Length))
            .OfType<SassInstruction[]>().Distinct();

    private static int Hexadecimal(Group group) => int.Parse(group.Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^\s*Function : (\w+)\s*$", RegexOptions.Multiline)]
    private static partial Regex Function();

    // Two that are issued together stand in braces, the second without a semicolon.
    [GeneratedRegex(@"/\*(?<address>[0-9a-f]{4,5})\*/\s+\{?\s*(?:@!?(?<predicate>U?P\w+) +)?(?<opcode>[A-Z][A-Z0-9_.]*)(?<operands>(?:(?<=BRA[A-Z.]*)[^;}]*?0x(?<target>[0-9a-f]+))?[^;}]*)[;}]")]
    private static partial Regex Instruction();
}
