using System.Globalization;
using System.Text;
using IadNative.Bench.Detection;
using IadNative.Bench.Versus;

namespace IadNative.Bench.Service;

/// <summary>
/// The service of samples/ScoringService under load over loopback: with IadNative behind it, with ONNX Runtime, and with nothing, which tells
/// what a request costs besides. All three run from one program; they take turns, round after round, each time in another order.
/// </summary>
internal static class ServiceCommand
{
    private const string Usage = """
        service [--rows LIST] [--connections LIST] [--rounds N] [--seconds N] [--out FILE.md]
          --rows LIST         rows of a request; 1,32 without it
          --connections LIST  connections that ask at once; 1,4 without it
          --rounds N          of which the medians are told; 7 without it
          --seconds N         of each service in each round; 3 without it
          --out FILE.md       receives the page, which is printed without it
        """;

    private static readonly string[] s_scorers = ["iadnative", "onnx", "none"], s_titles = ["IadNative", "ONNX Runtime", "nothing"];

    /// <summary>Measures and writes the page.</summary>
    /// <returns>The exit code: 2 for a wrong command line.</returns>
    public static int Run(ReadOnlySpan<string> args)
    {
        int[] rows, connections;
        int rounds, seconds;
        string? target;
        try
        {
            var options = new CommandArguments(args, "--rows", "--connections", "--rounds", "--seconds", "--out");
            (rows, connections) = (options.Numbers("--rows", 1, 32), options.Numbers("--connections", 1, 4));
            (rounds, seconds, target) = (options.Number("--rounds", 7), options.Number("--seconds", 3), options["--out"]);
            if (rounds < 1 || seconds < 1 || rows.Contains(0) || connections.Contains(0)) throw new FormatException("Numbers begin at 1.");
        }
        catch (FormatException e)
        {
            Console.Error.WriteLine($"{e.Message}\n{Usage}");
            return 2;
        }

        string command = $"service {string.Join(' ', args.ToArray())}".TrimEnd();
        string page = Measure(rows, connections, rounds, TimeSpan.FromSeconds(seconds), command);
        if (target is null) Console.Write(page);
        else File.WriteAllText(target, page);
        return 0;
    }

    private static string Measure(int[] rowCounts, int[] connections, int rounds, TimeSpan time, string command)
    {
        string folder = Directory.CreateTempSubdirectory("service-").FullName;
        ServiceProcess[] services = [];
        try
        {
            string program = ServiceProcess.Publish();
            SvddFiles files = SvddFiles.Write(folder);
            services = [.. s_scorers.Select(scorer => new ServiceProcess(program, scorer, folder))];
            CheckScores(services, files);
            var lines = new StringBuilder();
            foreach (int rows in rowCounts)
            {
                foreach (int asking in connections) Compare(lines, services, BodyOf(files.Data, rows), rows, asking, rounds, time);
            }

            return Page(lines.ToString(), rounds, time, command);
        }
        finally
        {
            foreach (ServiceProcess service in services) service.Dispose();
            Directory.Delete(folder, recursive: true);
        }
    }

    // The first round has everything loaded, and does not count.
    private static void Compare(
        StringBuilder lines, ServiceProcess[] services, string body, int rows, int connections, int rounds, TimeSpan time)
    {
        List<ServiceRound>[] measured = [.. services.Select(_ => new List<ServiceRound>())];
        for (int round = -1; round < rounds; round++)
        {
            for (int turn = 0; turn < services.Length; turn++)
            {
                int which = (turn + round + 1) % services.Length;
                ServiceRound result = ServiceRound.Measure(services[which], body, connections, time);
                if (round >= 0) measured[which].Add(result);
                Console.Error.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"{rows} rows, {connections} connections, round {round}, {s_titles[which]}: {result.Throughput:F0}/s"));
            }
        }

        for (int which = 0; which < services.Length; which++)
        {
            ServiceRound median = ServiceRound.MedianOf(measured[which]);
            lines.AppendLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {rows} | {connections} | {s_titles[which]} | {median.Throughput:F0} ({measured[which].Min(round => round.Throughput):F0}–{measured[which].Max(round => round.Throughput):F0}) "
                + $"| {median.P50 * 1e6:F0} | {median.P99 * 1e6:F0} | {median.Processor * 1e6:F1} | {median.Bytes:F0} |"));
        }
    }

    private static void CheckScores(ServiceProcess[] services, SvddFiles files)
    {
        const int Rows = 100;
        double[] expected = [.. Enumerable.Range(0, Rows).Select(row => (double)files.Detector.Score(files.Data.Row(row)))];
        foreach (int which in (int[])[0, 1])
        {
            if (!Versus.Agreement.Holds(expected, services[which].Scores(BodyOf(files.Data, Rows))))
                throw new InvalidOperationException($"The service with {s_titles[which]} does not score what the library scores.");
        }
    }

    private static string BodyOf(Dataset data, int rows)
    {
        var body = new StringBuilder("{\"rows\":[");
        for (int row = 0; row < rows; row++)
        {
            body.Append(row == 0 ? "[" : ",[")
                .AppendJoin(',', data.Row(row).ToArray().Select(cell => cell.ToString(CultureInfo.InvariantCulture))).Append(']');
        }

        return body.Append("]}").ToString();
    }

    private static string Page(string lines, int rounds, TimeSpan time, string command) => string.Create(CultureInfo.InvariantCulture, $"""
        # A scoring service under load, {DateTime.UtcNow:MMMM yyyy}

        `samples/ScoringService` over loopback, published ahead of time: `POST /score` with rows of the satellite data (36 numbers) as JSON, scored by
        Deep SVDD 36-32-16-8, by IadNative or by ONNX Runtime 1.31.1 on the same weights; and by nothing, where all rows get the score 1, which tells
        what a request costs besides. Everything else is the same program: JSON, percentiles, thresholds. Only IadNative's side looks for
        cells that are not finite, and counts rows and scores for its metrics. Scores of the first 100 rows agree to four digits. The clients, a thread for
        each connection, ask again as soon as they have an answer, and share the processors with the service.

        Medians of {rounds} rounds of {time.TotalSeconds:F0} s, in which the three take turns; in brackets the least and the most. p50 and p99 as the client sees
        them; processor time and managed bytes are the service's.

        | rows | connections | scored by | requests a second | p50, µs | p99, µs | processor, µs per request | bytes per request |
        |---|---|---|---|---|---|---|---|
        {lines}
        Machine: {Machine.Describe()}, .NET {Environment.Version}; 1-minute load at the end {Machine.Load():F1}, the measurement's own included.

        ```sh
        dotnet run -c Release --project bench/IadNative.Bench -- {command}
        ```

        """);
}
