using System.ComponentModel;
using System.Text.Json.Serialization;

namespace IadNative.Fleet.Claims;

/// <summary>The process that has claimed a piece of work.</summary>
/// <param name="Machine">The machine since its last start; on Linux also the space in which its processes are counted.</param>
/// <param name="Process">The process's number there.</param>
/// <param name="Started">When the process started, which tells it from a later one of the same number.</param>
internal sealed record ClaimOwner(string Machine, int Process, DateTime Started)
{
    /// <summary>Two readings of one start differ by less, even where the clock was set in between.</summary>
    private static readonly TimeSpan s_sameStart = TimeSpan.FromMinutes(1);

    /// <summary>This process.</summary>
    public static ClaimOwner Current { get; } = new(NameMachine(), Environment.ProcessId, StartOf(Environment.ProcessId)!.Value);

    /// <summary>Whether the owner was a process of this machine that has ended; of other machines nothing is known.</summary>
    [JsonIgnore]
    public bool HasEnded
    {
        get
        {
            if (Machine != Current.Machine) return false;
            // No process has such a number; to the kernel, -1 means all of them.
            if (Process <= 0) return true;
            try
            {
                return StartOf(Process) is not { } start || (start - Started).Duration() > s_sameStart;
            }
            catch (Win32Exception)
            {
                // It is there, and nothing may be asked about it.
                return false;
            }
        }
    }

    private static DateTime? StartOf(int number)
    {
        try
        {
            using var process = System.Diagnostics.Process.GetProcessById(number);
            return process.StartTime.ToUniversalTime();
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Containers count processes by themselves, under the names that they like; a restart counts anew.</summary>
    private static string NameMachine()
    {
        const string Boot = "/proc/sys/kernel/random/boot_id", Processes = "/proc/self/ns/pid";
        string[] parts =
        [
            Environment.MachineName,
            .. File.Exists(Boot) ? [File.ReadAllText(Boot).Trim()] : Array.Empty<string>(),
            .. new FileInfo(Processes).LinkTarget is { } space ? [space] : Array.Empty<string>(),
        ];
        return string.Join(' ', parts);
    }
}
