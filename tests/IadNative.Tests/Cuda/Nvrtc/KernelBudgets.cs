using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace IadNative.Tests.Cuda.Nvrtc;

/// <summary>
/// The table KernelBudgets.txt: what each kernel may take on each architecture. A cell is registers of a thread, in units that are given
/// out, and after slashes, as far as they are not 0, bytes of a block's static shared memory, of a thread's stack, of a thread's spills.
/// </summary>
internal static class KernelBudgets
{
    private const string Name = "KernelBudgets.txt";

    /// <summary>The architectures of the table.</summary>
    public static readonly string[] Architectures = ["sm_52", "sm_61", "sm_70", "sm_75", "sm_80", "sm_86", "sm_89", "sm_90"];

    /// <summary>What each kernel may take on an architecture, by file and kernel.</summary>
    public static Dictionary<(string File, string Kernel), KernelResources> Read(string architecture)
    {
        string[][] rows = [.. File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Cuda", "Nvrtc", Name))
            .Where(line => !line.StartsWith('#')).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))];
        int column = Array.IndexOf(rows[0], architecture);
        return rows[1..].ToDictionary(row => (row[0], row[1]), row =>
        {
            int[] cell = [.. row[column].Split('/').Select(number => int.Parse(number, CultureInfo.InvariantCulture)), 0, 0, 0];
            return new KernelResources(row[0], row[1], cell[0], Stack: cell[2], Shared: cell[1], Spilled: cell[3]);
        });
    }

    /// <summary>Writes the table in the sources.</summary>
    /// <param name="compiler">Who measured.</param>
    /// <param name="measured">By architecture.</param>
    public static void Write(string compiler, IReadOnlyDictionary<string, KernelResources[]> measured)
    {
        var text = new StringBuilder();
        text.Append($"# What kernels may take, by {compiler}: registers of a thread, rounded up to 8, / bytes of static shared memory of a block /\n");
        text.Append("# bytes of stack of a thread / bytes of spills of a thread; zeros at the end are left out.\n");
        string[][] rows =
        [
            ["file", "kernel", .. Architectures],
            .. measured[Architectures[0]].Select(first => (string[])[first.File, first.Kernel, .. Architectures.Select(architecture =>
                Cell(measured[architecture].Single(kernel => (kernel.File, kernel.Kernel) == (first.File, first.Kernel))))]),
        ];
        int[] widths = [.. Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length))];
        foreach (string[] row in rows)
            text.Append(string.Join(' ', row.Zip(widths, (cell, width) => cell.PadRight(width))).TrimEnd()).Append('\n');
        File.WriteAllText(Path.Combine(SourceFolder(), Name), text.ToString());
    }

    private static string SourceFolder([CallerFilePath] string here = "") => Path.GetDirectoryName(here)!;

    private static string Cell(KernelResources kernel)
    {
        int[] numbers = [kernel.GivenRegisters, kernel.Shared, kernel.Stack, kernel.Spilled];
        return string.Join('/', numbers[..(Array.FindLastIndex(numbers, number => number > 0) + 1)]);
    }
}
