using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace IadNative.Cluster.Tests;

/// <summary>A PostgreSQL of a test's own, on loopback, in a folder that is gone with it. Where there is none, tests are ignored.</summary>
internal sealed class PostgresServer : IDisposable
{
    /// <summary>The environment variable with the folder of its programs; without it they are looked for where Debian puts them.</summary>
    public const string Variable = "IAD_POSTGRES";

    // It refuses to run as root; Debian's package brings this user.
    private const string User = "postgres";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("iad-postgres-");
    private readonly string _programs, _data;
    private readonly string _hosts;

    /// <summary>Makes a database and starts it.</summary>
    /// <param name="hosts">Addresses that it listens at.</param>
    public PostgresServer(string hosts = "127.0.0.1")
    {
        (_programs, _hosts) = (Programs(), hosts);
        _data = Path.Combine(_folder.FullName, "data");
        Port = FreePort();
        if (Environment.UserName == "root") Run("chown", User, _folder.FullName);
        RunAs("initdb", "-D", _data, "-U", "iad", "--auth=trust", "-E", "UTF8", "--locale=C", "--no-sync");
        if (hosts != "127.0.0.1") File.AppendAllText(Path.Combine(_data, "pg_hba.conf"), "host all all 0.0.0.0/0 trust\n");
        Start();
    }

    /// <summary>Its port.</summary>
    public int Port { get; }

    /// <summary>How to reach it.</summary>
    public string ConnectionString => At("127.0.0.1");

    /// <summary>How to reach it from elsewhere.</summary>
    /// <param name="host">The host.</param>
    /// <param name="port">The port; null for its own.</param>
    public string At(string host, int? port = null) =>
        string.Create(CultureInfo.InvariantCulture, $"Host={host};Port={port ?? Port};Database=postgres;Username=iad;Maximum Pool Size=8");

    /// <summary>A port that nobody has.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Starts it.</summary>
    public void Start() => RunAs(
        "pg_ctl", "-D", _data, "-w", "-t", "60", "-l", Path.Combine(_folder.FullName, "log"), "-o",
        string.Create(CultureInfo.InvariantCulture, $"-p {Port} -k {_folder.FullName} -h {_hosts} -c fsync=on -c max_connections=200"), "start");

    /// <summary>Ends it as a loss of power does; what it has said to be stored stays.</summary>
    public void Kill()
    {
        int id = int.Parse(File.ReadLines(Path.Combine(_data, "postmaster.pid")).First(), CultureInfo.InvariantCulture);
        int[] all = [id, .. Children(id)];
        foreach (int process in all) SendKill(process);
        long start = Stopwatch.GetTimestamp();
        while (all.Any(process => Directory.Exists($"/proc/{process}/fd")))
        {
            if (Stopwatch.GetElapsedTime(start) > TimeSpan.FromSeconds(30)) throw new InvalidOperationException("PostgreSQL does not end.");
            Thread.Sleep(20);
        }
    }

    public void Dispose()
    {
        try
        {
            RunAs("pg_ctl", "-D", _data, "-m", "immediate", "-w", "stop");
        }
        catch (InvalidOperationException)
        {
            // It is not running.
        }

        _folder.Delete(recursive: true);
    }

    private static IEnumerable<int> Children(int parent) => Directory.GetDirectories("/proc").Select(Path.GetFileName)
        .Where(name => int.TryParse(name, CultureInfo.InvariantCulture, out _)).Select(name => int.Parse(name!, CultureInfo.InvariantCulture))
        .Where(id => ParentOf(id) == parent);

    private static int ParentOf(int id)
    {
        try
        {
            string status = File.ReadAllText($"/proc/{id}/stat");
            return int.Parse(status[(status.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return -1;
        }
    }

    private static void SendKill(int id) => Run("kill", "-9", id.ToString(CultureInfo.InvariantCulture));

    private static string Programs()
    {
        IEnumerable<string> folders = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given
            ? [given]
            : Directory.Exists("/usr/lib/postgresql")
                ? Directory.GetDirectories("/usr/lib/postgresql").OrderDescending(StringComparer.Ordinal).Select(folder => Path.Combine(folder, "bin"))
                : [];
        string? found = folders.FirstOrDefault(folder => File.Exists(Path.Combine(folder, "pg_ctl")) && File.Exists(Path.Combine(folder, "initdb")));
        if (found is null) Assert.Ignore($"PostgreSQL was not found; set {Variable} to the folder of pg_ctl and initdb.");
        return found!;
    }

    private void RunAs(string program, params string[] arguments)
    {
        string path = Path.Combine(_programs, program);
        if (Environment.UserName == "root") Run("runuser", ["-u", User, "--", path, .. arguments]);
        else Run(path, arguments);
    }

    private static void Run(string program, params string[] arguments)
    {
        // What it starts keeps its outputs, so they are no pipes that end with it.
        using Process process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "exec \"$@\" >/dev/null 2>&1 </dev/null", "sh", program, .. arguments]) { WorkingDirectory = "/" })!;
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}.");
    }
}
