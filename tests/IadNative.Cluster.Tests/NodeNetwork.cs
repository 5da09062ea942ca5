using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace IadNative.Cluster.Tests;

/// <summary>
/// Machines as network namespaces, and a bridge that joins them and the host. A machine whose link is down is silent: nothing that it is sent
/// is refused, and nothing is answered. Where such cannot be made, which takes root, tests are ignored.
/// </summary>
internal sealed class NodeNetwork : IDisposable
{
    private readonly string _id = Environment.ProcessId.ToString("x", CultureInfo.InvariantCulture);
    private readonly int _count;

    /// <summary>A bridge and machines.</summary>
    /// <param name="count">Machines, from 1 to 9.</param>
    public NodeNetwork(int count)
    {
        _count = count;
        try
        {
            if (Ip("netns", "add", Machine(0)) is { } refused) Assert.Ignore($"'ip netns add' does not work here: {refused}");
            Do("netns", "del", Machine(0));
            Do("link", "add", Bridge, "type", "bridge");
            Do("address", "add", $"{Host}/24", "dev", Bridge);
            Do("link", "set", Bridge, "up");
            for (int i = 0; i < count; i++)
            {
                Do("netns", "add", Machine(i));
                Do("link", "add", Link(i), "type", "veth", "peer", "name", "eth0", "netns", Machine(i));
                Do("link", "set", Link(i), "master", Bridge, "up");
                Do("-n", Machine(i), "link", "set", "lo", "up");
                Do("-n", Machine(i), "address", "add", $"{Address(i)}/24", "dev", "eth0");
                Do("-n", Machine(i), "link", "set", "eth0", "up");
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Where machines reach the host.</summary>
    public static string Host => "10.213.77.1";

    private string Bridge => $"iad{_id}";

    /// <summary>Where others reach a machine.</summary>
    public static string Address(int machine) => string.Create(CultureInfo.InvariantCulture, $"10.213.77.{machine + 11}");

    /// <summary>What runs a program on a machine.</summary>
    public string[] On(int machine) => ["ip", "netns", "exec", Machine(machine)];

    /// <summary>Cuts a machine off, or joins it again.</summary>
    public void Set(int machine, bool isUp) => Do("link", "set", Link(machine), isUp ? "up" : "down");

    public void Dispose()
    {
        for (int i = 0; i < _count; i++)
        {
            // Links go with the namespaces; where they do not at once, the next one has other names.
            Ip("link", "del", Link(i));
            Ip("netns", "del", Machine(i));
        }

        Ip("link", "del", Bridge);
    }

    private string Machine(int machine) => string.Create(CultureInfo.InvariantCulture, $"iad{_id}-{machine}");

    private string Link(int machine) => string.Create(CultureInfo.InvariantCulture, $"iad{_id}v{machine}");

    private static void Do(params string[] arguments)
    {
        if (Ip(arguments) is { } refused) throw new InvalidOperationException($"ip {string.Join(' ', arguments)}: {refused}");
    }

    // What it says where it fails; null where all is well.
    private static string? Ip(params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo("ip", arguments) { RedirectStandardError = true })!;
            string said = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? null : said;
        }
        catch (Win32Exception exception)
        {
            return exception.Message;
        }
    }
}
