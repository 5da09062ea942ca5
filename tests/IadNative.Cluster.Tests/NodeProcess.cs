using System.Diagnostics;
using System.Globalization;
using System.Text;
using IadNative.Tests.Cli;

namespace IadNative.Cluster.Tests;

/// <summary>A running <c>iad-node</c>.</summary>
internal sealed class NodeProcess : IDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _printed = new();

    /// <summary>Starts it on loopback.</summary>
    /// <param name="database">The database.</param>
    /// <param name="slots">Its slots.</param>
    public NodeProcess(string database, int slots)
        : this(database, "127.0.0.1", slots, [])
    {
    }

    /// <summary>Starts it with one slot.</summary>
    /// <param name="database">The database.</param>
    /// <param name="address">Where others reach it.</param>
    /// <param name="prefix">A program that starts it with its own words in front; empty for none.</param>
    public NodeProcess(string database, string address = "127.0.0.1", params string[] prefix)
        : this(database, address, 1, prefix)
    {
    }

    private NodeProcess(string database, string address, int slots, string[] prefix)
    {
        string port = PostgresServer.FreePort().ToString(CultureInfo.InvariantCulture);
        string[] command =
            [.. prefix, .. ProgramProcess.Command("iad-node", "--cluster", database, "--slots", slots.ToString(CultureInfo.InvariantCulture), "--address", address, "--port", port)];
        _process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        _process.OutputDataReceived += Keep;
        _process.ErrorDataReceived += Keep;
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
    }

    /// <summary>Whether it has ended.</summary>
    public bool HasEnded => _process.HasExited;

    /// <summary>Whether it is one of the cluster's.</summary>
    public bool HasJoined => !HasEnded && Printed.Contains("Node with ", StringComparison.Ordinal);

    /// <summary>What it has printed.</summary>
    public string Printed
    {
        get
        {
            lock (_printed) return _printed.ToString();
        }
    }

    /// <summary>Ends it at once.</summary>
    public void Kill() => _process.Kill();

    /// <summary>Sends it a signal, such as <c>STOP</c>.</summary>
    public void Send(string signal)
    {
        using Process kill = Process.Start("kill", ["-" + signal, _process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    /// <summary>Waits for its end, and for all that it has printed.</summary>
    /// <returns>Its exit code; null where it did not come.</returns>
    public int? WaitForExit(TimeSpan patience)
    {
        if (!_process.WaitForExit(patience)) return null;
        // With a patience it does not wait for the streams.
        _process.WaitForExit();
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        lock (_printed) _printed.AppendLine(line.Data);
    }
}
