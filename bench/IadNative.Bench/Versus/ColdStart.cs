using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using IadNative.Bench.Versus.Exchange;

namespace IadNative.Bench.Versus;

/// <summary>
/// From the start of a process to the first score on its standard output: samples/EmbeddedScoring against a program that does the
/// same with ONNX Runtime in as few lines, both published ahead of time and framework-dependent.
/// </summary>
internal sealed class ColdStart(VersusOptions options)
{
    public const string Name = "cold-start", FrameworkName = "cold-start-framework";

    // 22 ms were measured of the peer, and 10 ms are aimed at.
    private const double Goal = 2.2;
    private const int StartsPerRepetition = 3;

    private static readonly string s_folder = Path.Combine(Repository.Root, "artifacts", "versus");

    private static readonly Program s_ours = new("IadNative", "samples", "EmbeddedScoring");
    private static readonly Program s_peer = new("ONNX Runtime", "bench", "IadNative.Peers.Embedded");

    /// <summary>Both rows; the first is ahead of time.</summary>
    public IReadOnlyList<ResultRow> Measure()
    {
        string folder = Directory.CreateTempSubdirectory("versus-").FullName;
        try
        {
            var input = Input.Write(folder);
            return
            [
                Measure(Name, "process start to first score, Native AOT", Goal, ahead: true, input),
                Measure(FrameworkName, "the same, framework-dependent", null, ahead: false, input),
            ];
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private ResultRow Measure(string name, string title, double? goal, bool ahead, Input input)
    {
        string ours = s_ours.Publish(ahead), peer = s_peer.Publish(ahead);
        List<double> ourTimes = [], peerTimes = [];
        bool oursMatch = true, peerMatches = true;
        for (int start = -1; start < options.Repetitions * StartsPerRepetition; start++)
        {
            (double ourTime, bool ourMatch) = Start(ours, input.Model, input);
            (double peerTime, bool peerMatch) = Start(peer, input.Onnx, input);
            oursMatch &= ourMatch;
            peerMatches &= peerMatch;
            if (start < 0) continue; // The first has the files read from disk.
            ourTimes.Add(ourTime);
            peerTimes.Add(peerTime);
        }

        string note = string.Create(
            CultureInfo.InvariantCulture, $"published {Megabytes(ours):F1} MB, ONNX Runtime {Megabytes(peer):F1} MB");
        return new ResultRow(
            name, title, goal, "ms", 1, new Series(s_ours.Name, oursMatch, ourTimes),
            [new Series(s_peer.Name, oursMatch && peerMatches, peerTimes)], note);
    }

    /// <summary>Milliseconds to the first line, and whether it is the score.</summary>
    private static (double Milliseconds, bool Matches) Start(string program, string model, Input input)
    {
        var info = new ProcessStartInfo(program, [model, input.Row]) { RedirectStandardOutput = true };
        long start = Stopwatch.GetTimestamp();
        using Process process = Process.Start(info)!;
        string line = process.StandardOutput.ReadLine() ?? "";
        double milliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        process.WaitForExit();
        bool isNumber = double.TryParse(line.Split(',')[0], NumberStyles.Float, CultureInfo.InvariantCulture, out double score);
        return (milliseconds, isNumber && Agreement.Holds([input.Score], [score]));
    }

    // Symbols, documentation and the Windows library that ONNX Runtime's package brings everywhere are not needed to run.
    private static double Megabytes(string program) => new DirectoryInfo(Path.GetDirectoryName(program)!).EnumerateFiles()
        .Where(file => file.Extension is not (".dbg" or ".pdb" or ".xml"))
        .Where(file => OperatingSystem.IsWindows() || !file.Name.StartsWith("onnxruntime", StringComparison.Ordinal))
        .Sum(file => file.Length) / 1e6;

    /// <summary>A program that takes a model's file and a row's features, and prints the score.</summary>
    private sealed record Program(string Name, string Folder, string Project)
    {
        /// <returns>The path of what to start.</returns>
        public string Publish(bool ahead)
        {
            string output = Path.Combine(s_folder, $"{Project}-{(ahead ? "aot" : "framework")}");
            Shell.Run("dotnet",
            [
                "publish", Path.Combine(Folder, Project, $"{Project}.csproj"), "-c", "Release", "-o", output, Shell.NoServers,
                "-r", RuntimeInformation.RuntimeIdentifier, ahead ? "-p:PublishAot=true" : "--no-self-contained",
            ]);
            return Path.Combine(output, OperatingSystem.IsWindows() ? $"{Project}.exe" : Project);
        }
    }

    /// <summary>The network of row-svdd, as our file and as theirs, and a row with its score.</summary>
    private sealed record Input(string Model, string Onnx, string Row, double Score)
    {
        public static Input Write(string folder)
        {
            SvddFiles files = SvddFiles.Write(folder);
            using (new PeerProcess(folder))
            {
                // It has written the ONNX file of the problem.
            }

            ReadOnlySpan<float> row = files.Data.Row(0);
            string text = string.Join(',', row.ToArray().Select(value => value.ToString(CultureInfo.InvariantCulture)));
            return new Input(files.Model, Path.Combine(folder, ProblemFiles.Onnx), text, files.Detector.Score(row));
        }
    }
}
