using System.Diagnostics;
using System.Globalization;

namespace IadNative.Bench.Streaming;

/// <summary>What a process took.</summary>
/// <param name="Seconds">From its start to its end.</param>
/// <param name="ProcessorSeconds">User and system, of all threads, shortly before its end.</param>
/// <param name="MostResidentBytes">The largest resident size, VmHWM, seen shortly before its end.</param>
internal sealed record ChildRun(double Seconds, double ProcessorSeconds, double MostResidentBytes)
{
    private const int PollMilliseconds = 20;

    /// <summary>Runs a program to its end.</summary>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public static ChildRun Of(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
        long begun = Stopwatch.GetTimestamp();
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        double resident = 0, processor = 0;
        while (!process.WaitForExit(PollMilliseconds)) (resident, processor) = (Math.Max(resident, Resident(process.Id)), Math.Max(processor, Processor(process)));
        process.WaitForExit();
        double seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        _ = output.Result;
        return process.ExitCode == 0
            ? new ChildRun(seconds, processor, resident)
            : throw new InvalidOperationException($"{program} ended with {process.ExitCode}: {errors.Result}");
    }

    private static double Processor(Process process)
    {
        try
        {
            process.Refresh();
            return process.TotalProcessorTime.TotalSeconds;
        }
        catch (InvalidOperationException)
        {
            // It has just ended.
            return 0;
        }
    }

    private static double Resident(int process)
    {
        try
        {
            string? line = File.ReadLines($"/proc/{process}/status").FirstOrDefault(text => text.StartsWith("VmHWM:", StringComparison.Ordinal));
            return line is null ? 0 : 1024 * double.Parse(line["VmHWM:".Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            // It has just ended.
            return 0;
        }
    }
}
