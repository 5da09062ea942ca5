using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using IadNative.Cuda.Compilation;

namespace IadNative.Tests.Cuda.Nvrtc;

/// <summary>Every kernel, compiled by NVIDIA's own compiler for the GPUs that are supported.</summary>
[NonParallelizable]
public sealed partial class NvrtcTests
{
    private const string Ptx = "compute_90";

    private static readonly ConcurrentDictionary<string, KernelResources[]> s_measured = [];

    [Test, Category("Nvrtc")]
    public void Every_kernel_compiles_and_takes_no_more_than_its_budget([ValueSource(typeof(KernelBudgets), nameof(KernelBudgets.Architectures))] string architecture)
    {
        KernelResources[] measured = Measured(architecture);
        Dictionary<(string, string), KernelResources> budgets = KernelBudgets.Read(architecture);
        Assert.Multiple(() =>
        {
            Assert.That(measured.Select(kernel => (kernel.File, kernel.Kernel)), Is.EquivalentTo(budgets.Keys), "Run the explicit test Write_the_budgets.");
            Assert.That(measured.Select(kernel => (kernel.File, kernel.Kernel)), Is.EquivalentTo(Kernels().Select(kernel => (kernel.File, kernel.Name))));
            Assert.That(measured.Where(kernel => kernel.Spilled > 0), Is.Empty, "Launch bounds of fewer blocks, or fewer values at a time.");
            foreach (KernelResources kernel in measured)
            {
                if (budgets.TryGetValue((kernel.File, kernel.Kernel), out KernelResources? budget))
                    Assert.That(Excess(kernel, budget), Is.Empty, $"{kernel.Kernel} for {architecture}; where more is meant, run the explicit test Write_the_budgets.");
            }
        });
    }

    /// <summary>Every structure at the offsets at which the compiler puts it, and kernels' parameters as large as what is handed to them.</summary>
    [Test, Category("Nvrtc")]
    public void Arguments_lie_where_the_compiler_has_them([ValueSource(typeof(NvidiaTools), nameof(NvidiaTools.Files))] string file)
    {
        // Structures of headers are checked beside the kernels that take them.
        string text = KernelSources.Embedded[file];
        string[] headers = [.. KernelSources.Embedded.Headers.Where(header => text.Contains($"\"{header.Key}\"", StringComparison.Ordinal)).Select(header => header.Value)];
        Type[] structures = [.. KernelArgumentLayoutTests.Structures.Where(structure =>
            headers.Append(text).Any(source => Regex.IsMatch(source, $@"struct {KernelArgumentLayoutTests.KernelName(structure)}\s*\{{")))];
        Assert.That(structures, Is.Not.Empty);

        string ptx = Encoding.UTF8.GetString(NvidiaTools.OrIgnore().Compile(file, Ptx, string.Concat(structures.SelectMany(Assertions))));
        Assert.That(ptx, Does.EndWith("\0").And.Contain(".target sm_90"));
        Dictionary<string, int> sizes = Parameter().Matches(ptx)
            .ToDictionary(match => match.Groups[1].Value, match => int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture));
        Assert.That(sizes, Is.EquivalentTo(Kernels().Where(kernel => kernel.File == file).ToDictionary(
            kernel => kernel.Name,
            kernel => Marshal.SizeOf(KernelArgumentLayoutTests.Structures.Single(type => KernelArgumentLayoutTests.KernelName(type) == kernel.Structure)))));
    }

    [Test, Category("Nvrtc")]
    public void A_structure_that_is_laid_out_otherwise_does_not_compile()
    {
        NvidiaTools tools = NvidiaTools.OrIgnore();
        Assert.That(() => tools.Compile("sort.cu", Ptx, "\nstatic_assert(__INTADDR__(&((SortArgs*)0)->stride) == 68, \"SortArgs.stride\");"),
            Throws.TypeOf<KernelCompilationException>().With.Message.Contains("SortArgs.stride").And.Message.Contains(tools.Version));
    }

    [Test, Category("Nvrtc")]
    public void NVRTC_has_every_entry_point_that_is_called() => EntryPoints.AreIn(NvidiaTools.OrIgnore().Library, "nvrtc");

    [Test]
    public void A_kernel_that_takes_more_than_its_budget_is_named_with_what_is_too_much()
    {
        var budget = new KernelResources("a.cu", "a", Registers: 40, Stack: 8, Shared: 100, Spilled: 0);
        Assert.Multiple(() =>
        {
            Assert.That(Excess(budget with { Registers = 33, Stack = 0, Shared = 99 }, budget), Is.Empty);
            Assert.That(Excess(budget, budget), Is.Empty);
            Assert.That(Excess(budget with { Registers = 41 }, budget), Is.EqualTo(new[] { "48 registers of 40" }));
            Assert.That(Excess(budget with { Stack = 16, Shared = 101, Spilled = 4 }, budget),
                Is.EqualTo(new[] { "16 bytes of stack of 8", "101 bytes of shared memory of 100", "4 bytes of spills of 0" }));
        });
    }

    [Test, Explicit("Writes the table in the sources.")]
    public void Write_the_budgets() => KernelBudgets.Write(NvidiaTools.OrIgnore().Version, KernelBudgets.Architectures.ToDictionary(name => name, Measured));

    private static KernelResources[] Measured(string architecture) => s_measured.GetOrAdd(architecture, name => NvidiaTools.OrIgnore().Measure(name));

    private static string[] Excess(KernelResources kernel, KernelResources budget)
    {
        (int Taken, int Allowed, string What)[] all =
        [
            (kernel.GivenRegisters, budget.GivenRegisters, "registers"),
            (kernel.Stack, budget.Stack, "bytes of stack"),
            (kernel.Shared, budget.Shared, "bytes of shared memory"),
            (kernel.Spilled, budget.Spilled, "bytes of spills"),
        ];
        return [.. all.Where(one => one.Taken > one.Allowed).Select(one => $"{one.Taken} {one.What} of {one.Allowed}")];
    }

    private static IEnumerable<(string File, string Name, string Structure)> Kernels() => NvidiaTools.Files.SelectMany(file =>
        Kernel().Matches(KernelSources.Embedded[file]).Select(match => (file, match.Groups[1].Value, match.Groups[2].Value)));

    // What the kernel's structure must be for the engine's to be handed over as it is.
    private static IEnumerable<string> Assertions(Type structure)
    {
        string name = KernelArgumentLayoutTests.KernelName(structure);
        yield return $"\nstatic_assert(sizeof({name}) == {Marshal.SizeOf(structure)}, \"{name}\");";
        string[] fields = [.. KernelArgumentLayoutTests.FieldsOf(KernelArgumentLayoutTests.KernelStructures[name]).Select(field => field.Name)];
        foreach (FieldInfo field in structure.GetFields(
            BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
        {
            string counterpart = fields.Single(one => one.Replace("_", "", StringComparison.Ordinal).Equals(field.Name, StringComparison.OrdinalIgnoreCase));
            yield return $"\nstatic_assert(__INTADDR__(&(({name}*)0)->{counterpart}) == {Marshal.OffsetOf(structure, field.Name)}, \"{name}.{counterpart}\");";
        }
    }

    [GeneratedRegex(@"extern ""C"" __global__ void (?:__launch_bounds__\([^)]*\) )?(\w+)\(const (\w+) a\)")]
    private static partial Regex Kernel();

    [GeneratedRegex(@"\.visible \.entry (\w+)\(\s*\.param \.align 8 \.b8 \w+\[(\d+)\]\s*\)")]
    private static partial Regex Parameter();
}
