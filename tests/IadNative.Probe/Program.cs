using System.Globalization;
using IadNative.Compute.Cpu;
using IadNative.Probe;

// First the path taken, then one score a line, exactly, behind the name of its problem.
Console.WriteLine(CpuDevice.InstructionSet);
var device = new CpuDevice(threads: 1);
foreach (ProbeProblem problem in ProbeProblem.All)
{
    foreach (float score in problem.Scores(device))
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{problem.Name} {score:R}"));
}
