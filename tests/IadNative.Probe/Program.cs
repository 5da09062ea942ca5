using System.Globalization;
using IadNative.Compute.Cpu;
using IadNative.Probe;

// First the path taken, then one score a line, exactly.
Console.WriteLine(CpuDevice.InstructionSet);
foreach (float score in ProbeProblem.Scores(new CpuDevice(threads: 1)))
    Console.WriteLine(score.ToString("R", CultureInfo.InvariantCulture));
