using System.Globalization;
using IadNative.Compute.Cpu;
using IadNative.Fleet;
using IadNative.Probe;

if (args is ["fleet", var path])
{
    // A fleet of a folder, without claims; how many results it has stored.
    var folder = new FleetFolder(path);
    FleetRun run = await new FleetRunner(folder.Partitions, folder.Results) { Workers = 1 }.RunAsync(folder.ReadPlan());
    Console.WriteLine(run.Fitted);
    return;
}

// First the path taken, then one score a line, exactly, behind the name of its problem.
Console.WriteLine(CpuDevice.InstructionSet);
var device = new CpuDevice(threads: 1);
foreach (ProbeProblem problem in ProbeProblem.All)
{
    foreach (float score in problem.Scores(device))
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{problem.Name} {score:R}"));
}
