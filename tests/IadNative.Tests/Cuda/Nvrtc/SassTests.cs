using System.Globalization;
using System.Text.RegularExpressions;
using IadNative.Bench.Gpu.Lab;
using IadNative.Cuda.Compilation;

namespace IadNative.Tests.Cuda.Nvrtc;

/// <summary>What kernels promise of their machine code, in the code that NVIDIA's own compiler and assembler make.</summary>
[NonParallelizable]
public sealed partial class SassTests
{
    // What pauses in a loop that waits (SPIN_PAUSE); below compute capability 7.0 nothing does.
    private const string Pause = "NANOSLEEP";

    private static readonly string[] s_pausing = ["sm_70", "sm_75", "sm_80", "sm_86", "sm_89", "sm_90"];

    // File, kernel, multiplications and loads from shared memory in the loop that multiplies.
    private static readonly FileClaim[] s_claims =
    [
        .. NvidiaTools.Files.SelectMany(file => Claim().Matches(KernelSources.Embedded[file]).Select(match =>
            new FileClaim(file, match.Groups[1].Value, Number(match.Groups[2]), Number(match.Groups[3])))),
    ];

    private static readonly string[] s_waiting =
        [.. NvidiaTools.Files.Where(file => KernelSources.Embedded[file].Contains("SPIN_PAUSE()", StringComparison.Ordinal))];

    [Test, Category("Nvrtc")]
    public void Loops_that_wait_for_other_blocks_load_what_these_write(
        [ValueSource(nameof(s_waiting))] string file, [ValueSource(nameof(s_pausing))] string architecture)
    {
        SassKernel[] kernels = SassKernel.Read(NvidiaTools.OrIgnore().Sass(file, architecture));
        Assert.That(kernels.SelectMany(kernel => kernel.InnermostLoopsWith(Pause)), Is.Not.Empty);
        Assert.That(kernels.SelectMany(FaultsOfWaiting), Is.Empty);
    }

    [Test, Category("Nvrtc")]
    public void A_loop_that_waits_with_a_plain_load_is_found()
    {
        SassKernel[] kernels = SassKernel.Read(NvidiaTools.OrIgnore().Sass("sort.cu", "sm_80", """

            extern "C" __global__ void wait_once(const SortArgs a) {
                while (a.tickets[0] == 0) SPIN_PAUSE();
            }
            extern "C" __global__ void wait_plainly(const SortArgs a) {
                while (a.tickets[0] == 0) {
                    SPIN_PAUSE();
                    atomicAdd(&a.tickets[1], 1);
                }
            }
            """));
        string[] faulty = [.. kernels.Where(kernel => FaultsOfWaiting(kernel).Any()).Select(kernel => kernel.Name)];
        Assert.That(faulty, Is.EquivalentTo(new[] { "wait_once", "wait_plainly" }));
    }

    [Test, Category("Nvrtc")]
    public void Kernels_multiply_as_often_per_load_from_shared_memory_as_their_files_say(
        [ValueSource(typeof(KernelBudgets), nameof(KernelBudgets.Architectures))] string architecture)
    {
        NvidiaTools tools = NvidiaTools.OrIgnore();
        Assert.Multiple(() =>
        {
            foreach (IGrouping<string, FileClaim> file in s_claims.GroupBy(claim => claim.File))
            {
                // The compiler may give other code the next time: it has given one load more, once. What counts is what it can give.
                for (int left = 2; ; left--)
                {
                    SassKernel[] kernels = SassKernel.Read(tools.Sass(file.Key, architecture));
                    string[] broken = [.. file.Select(claim => Broken(claim, kernels.Single(kernel => kernel.Name == claim.Kernel), architecture)).OfType<string>()];
                    if (broken.Length > 0 && left > 0) continue;
                    Assert.That(broken, Is.Empty);
                    break;
                }
            }
        });
    }

    // What a kernel falls short of; null where it does not.
    private static string? Broken(FileClaim claim, SassKernel kernel, string architecture)
    {
        SassInstruction[] loop = kernel.InnermostLoopsWith("FFMA").MaxBy(body => body.Count(one => one.Is("FFMA")))!;
        int multiplied = loop.Count(one => one.Is("FFMA")), loaded = loop.Count(one => one.Is("LDS"));
        TestContext.Out.WriteLine($"{claim.Kernel} for {architecture}: {multiplied} FFMA, {loaded} LDS, {loop.Length} instructions in the loop");
        return multiplied * claim.Loads >= claim.Multiplications * loaded ? null
            : $"{claim.Kernel} for {architecture}: {multiplied} FFMA for {loaded} loads; its file says {claim.Multiplications} for {claim.Loads}.";
    }

    /// <summary>A row more that registers keep is a load more for each matrix that is read, not one for each pass over it.</summary>
    [TestCase("batchnorm.cu", "batchnorm_forward", 1)]
    [TestCase("batchnorm.cu", "batchnorm_backward", 3)]
    [TestCase("flownorm.cu", "flow_norm_forward", 1)]
    [TestCase("flownorm.cu", "flow_norm_backward", 2)]
    [Category("Nvrtc")]
    public void Batches_that_fit_registers_are_read_once(string file, string kernel, int matrices)
    {
        NvidiaTools tools = NvidiaTools.OrIgnore();
        Assert.That(Loads(21) - Loads(20), Is.EqualTo(matrices));

        int Loads(int rows) => SassKernel.Read(tools.Sass(
                file, "sm_90", header => header.Replace("kKeptRows = 25;", $"kKeptRows = {rows};", StringComparison.Ordinal)))
            .Single(one => one.Name == kernel).Instructions.Count(one => one.Is("LDG"));
    }

    [Test]
    public void Convolutions_say_how_often_they_multiply_per_load() => Assert.That(
        s_claims.Where(claim => claim.File == "conv.cu").Select(claim => claim.Kernel),
        Is.EquivalentTo(new[] { "convolve", "convolve_4", "convolve_1", "conv_weight_gradient", "conv_weight_gradient_4" }));

    [Test]
    public void Loops_are_read_with_their_instructions()
    {
        SassKernel[] kernels = SassKernel.Read("""
            	code for sm_80
            		Function : first
            	.headerflags	@"EF_CUDA_SM80"
                    /*0000*/                   MOV R1, c[0x0][0x28] ;              /* 0x00000a0000017a02 */
                                                                                   /* 0x000fe40000000f00 */
                    /*0010*/                   FFMA R2, R3, 0x3, R4 ;              /* 0x0000000000057919 */
                    /*0020*/                   LDS.U.128 R4, [R8+0x10] ;           /* 0x0000000000057919 */
                    /*0030*/              @!P0 BRA 0x20 ;                          /* 0x0000000000057919 */
                    /*0040*/               @P1 BRA P2, 0x10 ;                      /* 0x0000000000057919 */
                    /*0050*/         {         BRA 0x70 ;                          /* 0x0000000000057919 */
                    /*0060*/              @!P0 IADD.X R17, R17, R11         }
                                                                                   /* 0x5c10080000b71111 */
            		Function : second
                    /*0000*/                   EXIT ;                              /* 0x000000000000794d */
            """);
        Assert.Multiple(() =>
        {
            Assert.That(kernels.Select(kernel => kernel.Name), Is.EqualTo(new[] { "first", "second" }));
            Assert.That(kernels[0].Instructions.Select(one => one.Opcode), Is.EqualTo(new[] { "MOV", "FFMA", "LDS.U.128", "BRA", "BRA", "BRA", "IADD.X" }));
            Assert.That(kernels[0].Loops.Select(loop => (loop[0].Address, loop[^1].Address)), Is.EqualTo(new[] { (0x20, 0x30), (0x10, 0x40) }));
            Assert.That(kernels[0].InnermostLoopsWith("LDS").Single(), Has.Length.EqualTo(2));
            Assert.That(kernels[0].InnermostLoopsWith("MOV"), Is.Empty);
            Assert.That(kernels[1].Instructions.Single().Opcode, Is.EqualTo("EXIT"));
        });
    }

    // In a loop that waits: loads that may be served by a cache that other blocks do not write to, and a loop without any load.
    private static IEnumerable<string> FaultsOfWaiting(SassKernel kernel)
    {
        foreach (SassInstruction[] loop in kernel.InnermostLoopsWith(Pause))
        {
            SassInstruction[] loads = [.. loop.Where(one => one.Is("LDG") || one.Is("LD"))];
            foreach (SassInstruction load in loads.Where(load => !load.Opcode.Contains(".STRONG.", StringComparison.Ordinal)))
                yield return $"{kernel.Name}: plain {load.Opcode} at {load.Address:x} in a loop that waits";
            if (loads.Length == 0) yield return $"{kernel.Name}: a loop that waits at {loop[0].Address:x} and loads nothing";
        }
    }

    /// <param name="File">The kernel's file.</param>
    /// <param name="Kernel">Its name.</param>
    /// <param name="Multiplications">What its loop multiplies, at least,</param>
    /// <param name="Loads">for so many loads from shared memory.</param>
    private sealed record FileClaim(string File, string Kernel, int Multiplications, int Loads);

    private static int Number(Group group) => int.Parse(group.Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^//   (\w+) .*?(\d+) FFMA for (\d+) loads", RegexOptions.Multiline)]
    private static partial Regex Claim();
}
