using System.Globalization;
using System.Runtime.InteropServices;
using IadNative.Compute.Cpu;

namespace IadNative.Bench.Versus;

/// <summary>What a run ran on.</summary>
internal static class Machine
{
    public static string Describe() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Environment.ProcessorCount} cores of {Processor()}, {CpuDevice.InstructionSet}, {RuntimeInformation.OSDescription}");

    /// <summary>Processes that wanted to run, on average over the last minute; null where the system does not say.</summary>
    public static double? Load() => File.Exists("/proc/loadavg")
        ? double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture)
        : null;

    private static string Processor()
    {
        if (!File.Exists("/proc/cpuinfo")) return RuntimeInformation.ProcessArchitecture.ToString();
        string[] lines = File.ReadAllLines("/proc/cpuinfo");
        return $"{Field("model name")} (family {Field("cpu family")}, model {Field("model")})";

        string Field(string name) => lines.FirstOrDefault(line => line.Split(':')[0].Trim() == name)?.Split(':')[1].Trim() ?? "?";
    }
}
