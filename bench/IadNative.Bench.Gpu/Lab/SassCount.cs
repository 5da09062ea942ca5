using System.Globalization;

namespace IadNative.Bench.Gpu.Lab;

/// <summary>
/// What a warp issues on its way through a kernel, if it passes everywhere: loops are multiplied out, and what lies behind the last exit,
/// such as the slow paths of divisions, is not counted.
/// </summary>
/// <param name="Instructions">All.</param>
/// <param name="Ffma">Multiply-adds of float32.</param>
/// <param name="SharedCycles">
/// Cycles in which a multiprocessor moves what the warp loads from or stores to shared memory, 128 bytes in each, and shuffles.
/// </param>
/// <param name="Barriers">Barriers of the block.</param>
/// <param name="UnknownLoops">Loops whose number of rounds the code does not tell; they are counted once.</param>
internal sealed record SassCount(double Instructions, double Ffma, double SharedCycles, double Barriers, int UnknownLoops)
{
    /// <summary>What a barrier costs a block at which nothing overlaps.</summary>
    internal const int CyclesPerBarrier = 40;

    /// <summary>What a barrier of a cluster is taken to cost. Assumed: it has not been measured, and is no less than a word from one multiprocessor to another takes.</summary>
    internal const int CyclesPerClusterBarrier = 200;

    private const int Schedulers = 4, LanesPerCycle = 128, LanesOfWarp = 32;

    /// <summary>Barriers of the cluster.</summary>
    public double ClusterBarriers { get; init; }

    /// <summary>Nothing.</summary>
    public static SassCount None { get; } = new(0, 0, 0, 0, 0);

    public static SassCount operator +(SassCount left, SassCount right) => new(
        left.Instructions + right.Instructions, left.Ffma + right.Ffma, left.SharedCycles + right.SharedCycles,
        left.Barriers + right.Barriers, left.UnknownLoops + right.UnknownLoops)
    {
        ClusterBarriers = left.ClusterBarriers + right.ClusterBarriers,
    };

    /// <summary>So many times the same.</summary>
    public static SassCount operator *(SassCount count, double times) => count with
    {
        Instructions = count.Instructions * times,
        Ffma = count.Ffma * times,
        SharedCycles = count.SharedCycles * times,
        Barriers = count.Barriers * times,
        ClusterBarriers = count.ClusterBarriers * times,
    };

    /// <summary>
    /// Cycles of a block alone on a multiprocessor: what takes longest of multiply-adds, issue and shared memory, and the barriers, at
    /// which nothing overlaps.
    /// </summary>
    public double Cycles(int warps) =>
        (warps * Math.Max(Math.Max(Ffma * LanesOfWarp / LanesPerCycle, Instructions / Schedulers), SharedCycles))
        + (Barriers * CyclesPerBarrier) + (ClusterBarriers * CyclesPerClusterBarrier);

    /// <summary>Counts a kernel.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="isOneRound">Whether only one round of its longest loop is meant.</param>
    /// <param name="stages">Rounds of the loops with barriers whose rounds the code does not tell; null where they are not known.</param>
    public static SassCount Of(SassKernel kernel, bool isOneRound = false, int? stages = null)
    {
        int end = kernel.Instructions.Where(one => one.Is("EXIT")).Select(one => one.Address).DefaultIfEmpty(int.MaxValue).Max();
        SassInstruction[][] loops =
        [
            // Of two ways back to one place, the outer one. What jumps back and depends on nothing returns from a slow path.
            .. kernel.Loops.Where(loop => loop[^1].Predicate.Length > 0 && loop[^1].Address <= end)
                .GroupBy(loop => loop[0].Address).Select(same => same.MaxBy(loop => loop.Length)!),
        ];
        SassInstruction[]? whole = isOneRound ? loops.MaxBy(loop => loop.Length) : null;
        IEnumerable<SassInstruction> counted = whole ?? kernel.Instructions.Where(one => one.Address <= end);
        (int First, int Last, double? Rounds)[] inner =
            [.. loops.Where(loop => loop != whole).Select(loop => (loop[0].Address, loop[^1].Address,
                Rounds(kernel, loop) ?? (loop.Any(one => one.Is("BAR")) ? stages : null)))];
        SassCount sum = None;
        foreach (SassInstruction one in counted)
        {
            double times = 1;
            foreach ((int first, int last, double? rounds) in inner)
            {
                if (one.Address >= first && one.Address <= last) times *= rounds ?? 1;
            }

            sum += new SassCount(1, one.Is("FFMA") ? 1 : 0, CyclesOf(one), one.Is("BAR") ? 1 : 0, 0)
            {
                ClusterBarriers = one.Is("UCGABAR_WAIT") ? 1 : 0,
            } * times;
        }

        return sum with
        {
            UnknownLoops = inner.Count(loop => loop.Rounds is null
                && (whole is null || (loop.First >= whole[0].Address && loop.Last <= whole[^1].Address))),
        };
    }

    /// <summary>
    /// How often a loop runs that counts a register up by a constant to a constant, from another constant or, thread by thread, from
    /// somewhere below the first step; null for any other loop.
    /// </summary>
    internal static double? Rounds(SassKernel kernel, SassInstruction[] loop)
    {
        int at = Comparison(loop, loop[^1].Predicate, loop.Length);
        if (at < 0 || loop[at].Operands.Count < 4 || Number(loop[at].Operands[3]) is not { } bound) return null;
        // What is compared is what a register held when the round began, and a constant; and so is what it holds when the round ends, or what
        // another register holds that goes along with it.
        if (Follow(loop, Register(loop[at].Operands[2]), at) is not { } compared || Follow(loop, compared.Register, loop.Length) is not { } next)
            return null;
        if (next.Register != compared.Register)
        {
            string other = next.Register;
            if (Follow(loop, other, loop.Length) is not { } along || along.Register != other) return null;
            next = along;
        }

        return next.Offset <= 0
            ? null
            : Math.Max(1, Math.Ceiling((double)(bound - compared.Offset - Start(kernel, loop[0].Address, compared.Register)) / next.Offset) + 1);
    }

    // What sets a predicate, before an instruction: a comparison, maybe of uniform registers, whose predicate is then copied; -1 for none.
    private static int Comparison(SassInstruction[] loop, string predicate, int before)
    {
        for (int i = before - 1; i >= 0; i--)
        {
            SassInstruction one = loop[i];
            if (one.Operands[0] != predicate) continue;
            if (one.Is("ISETP") || one.Is("UISETP")) return i;
            return one.Is("PLOP3") && one.Operands is [_, "PT", "PT", "PT", var copied, ..] ? Comparison(loop, copied, i) : -1;
        }

        return -1;
    }

    // The constant that a register holds before an address, directly or as the copy of another one; 0 where it is none.
    private static long Start(SassKernel kernel, int address, string register)
    {
        for (int i = kernel.Instructions.Count - 1; i >= 0; i--)
        {
            SassInstruction one = kernel.Instructions[i];
            if (one.Address >= address || one.Operands[0] != register) continue;
            if (Constant(one) is { } constant) return constant;
            if (!IsCopy(one)) return 0;
            register = Register(one.Operands[^1]);
        }

        return 0;
    }

    private static bool IsCopy(SassInstruction one) =>
        one.Opcode is "MOV" or "UMOV" || (one.Opcode is "IMAD.MOV.U32" or "IMAD.U32" && one.Operands is [_, "RZ", "RZ", _]);

    // The constant that an instruction puts into a register; null for anything else. Some are written as two numbers of 16 bits.
    private static long? Constant(SassInstruction one) => one switch
    {
        { Predicate.Length: > 0 } => null,
        { Opcode: "MOV" or "UMOV", Operands: [_, var value, ..] } => Number(value),
        { Opcode: "IMAD.MOV.U32", Operands: [_, "RZ", "RZ", var value] } => Number(value),
        { Opcode: "HFMA2.MMA" or "HFMA2", Operands: [_, "-RZ", "RZ", var high, var low] }
            when Half.TryParse(high, CultureInfo.InvariantCulture, out Half upper) && Half.TryParse(low, CultureInfo.InvariantCulture, out Half lower) =>
            ((long)BitConverter.HalfToInt16Bits(upper) << 16) | BitConverter.HalfToUInt16Bits(lower),
        _ => null,
    };

    // The register that held, when the round began, what this one holds before an instruction, but for a constant; null for none.
    private static (string Register, long Offset)? Follow(SassInstruction[] loop, string register, int before)
    {
        long offset = 0;
        for (int i = before - 1; i >= 0; i--)
        {
            SassInstruction one = loop[i];
            if (one.Operands[0] != register) continue;
            if (one.Predicate.Length > 0) return null;
            if (one is { Opcode: "IADD3" or "VIADD" or "UIADD3", Operands.Count: >= 3 } && Number(one.Operands[2]) is { } added)
                (register, offset) = (Register(one.Operands[1]), offset + added);
            else if (IsCopy(one))
                register = Register(one.Operands[^1]);
            else
                return null;
        }

        return (register, offset);
    }

    /// <summary>
    /// Cycles in which shared memory moves what a warp loads, stores or shuffles by an instruction. LD is how a block reads another's; it is
    /// counted like one of its own.
    /// </summary>
    internal static int CyclesOf(SassInstruction one)
    {
        if (one.Is("SHFL")) return 1;
        if (!one.Is("LDS") && !one.Is("LD") && !one.Is("STS") && !one.Is("ATOMS")) return 0;
        return one.Opcode.Contains(".128", StringComparison.Ordinal) ? 4 : one.Opcode.Contains(".64", StringComparison.Ordinal) ? 2 : 1;
    }

    // Without .reuse and the like.
    private static string Register(string operand) => operand.Split('.')[0];

    private static long? Number(string operand)
    {
        if (operand is "RZ" or "URZ") return 0;
        bool isNegative = operand.StartsWith('-');
        string digits = isNegative ? operand[1..] : operand;
        return digits.StartsWith("0x", StringComparison.Ordinal)
            && long.TryParse(digits.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out long value) ? (isNegative ? -value : value) : null;
    }
}
