using System.Diagnostics;
using System.Globalization;
using IadNative.Bench.Detection;
using IadNative.Bench.Versus;
using IadNative.Parquet;
using static System.FormattableString;

namespace IadNative.Bench.Streaming;

/// <summary><c>stream</c>: what reading and scoring a table takes that is larger than memory, in rows a second and resident memory.</summary>
internal static class StreamCommand
{
    private const string Usage = """
        stream write FILE ROWS
          makes the file alone
        stream --iad FILE --folder DIR [--rows LIST] [--repeat N] [--threads LIST] [--against FILE]
          --iad FILE      the program, as built
          --folder DIR    where a folder is made for the files, and deleted afterwards: 45 bytes a row, and 70 for its scores
          --rows LIST     1000000,10000000,100000000 unless given
          --repeat N      of each the median of so many, 3 unless given
          --threads LIST  1,0 unless given: 0 is one per core
          --against FILE  another build of the program that is measured too, without --threads
        """;

    public static int Run(ReadOnlySpan<string> args)
    {
        if (args is ["decode", var path, var threads])
        {
            Console.WriteLine(Decode(path, int.Parse(threads, CultureInfo.InvariantCulture)));
            return 0;
        }

        if (args is ["write", var made, var rows])
        {
            StreamFile.WriteAsync(made, long.Parse(rows, CultureInfo.InvariantCulture)).GetAwaiter().GetResult();
            return 0;
        }

        try
        {
            var arguments = new CommandArguments(args, "--iad", "--folder", "--rows", "--repeat", "--threads", "--against");
            string iad = arguments.Required("--iad"), place = arguments.Required("--folder");
            int[] sizes = arguments.Numbers("--rows", 1_000_000, 10_000_000, 100_000_000), counts = arguments.Numbers("--threads", 1, 0);
            int repeats = arguments.Number("--repeat", 3);
            // What lies in the folder is somebody's: the files get one of their own.
            string folder = Directory.CreateDirectory(Path.Combine(place, $"stream-{Guid.NewGuid():N}")).FullName;
            try
            {
                Measure(iad, arguments["--against"], folder, sizes, repeats, counts);
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }

            return 0;
        }
        catch (FormatException exception)
        {
            Console.Error.WriteLine($"{exception.Message}\n{Usage}");
            return 2;
        }
    }

    private static void Measure(string iad, string? against, string folder, int[] sizes, int repeats, int[] threads)
    {
        string self = Environment.ProcessPath!, data = Path.Combine(folder, "data.parquet"), model = Path.Combine(folder, "model.iad"), output = Path.Combine(folder, "scores.csv");
        Console.WriteLine(Invariant($"{StreamFile.Columns} columns; median of {repeats}, but fit: one run. {Machine.Describe()}, .NET {Environment.Version}\n"));
        Console.WriteLine("| rows | what | threads | s | processor s | million rows/s | largest resident size, MiB |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        foreach (int rows in sizes)
        {
            StreamFile.WriteAsync(data, rows).GetAwaiter().GetResult();
            long bytes = new FileInfo(data).Length;
            Report(rows, Invariant($"fit on a sample of 100,000 ({bytes / 1e6:F0} MB)"), "all",
                [ChildRun.Of(iad, "fit", data, "--model", "svdd", "--sample", "100000", "--out", model)]);
            foreach (int count in threads)
            {
                string text = count.ToString(CultureInfo.InvariantCulture);
                Report(rows, "decode", Name(count), Repeat(() => ChildRun.Of(self, "stream", "decode", data, text)));
                Report(rows, "score to a file", Name(count), Repeat(() => ChildRun.Of(iad, "score", model, data, "--threads", text, "--out", output)));
                Report(rows, "score to /dev/null", Name(count), Repeat(() => ChildRun.Of(iad, "score", model, data, "--threads", text, "--out", "/dev/null")));
            }

            if (against is not null)
                Report(rows, "score to a file, the other build", "all", Repeat(() => ChildRun.Of(against, "score", model, data, "--out", output)));
        }

        ChildRun[] Repeat(Func<ChildRun> run) => [.. Enumerable.Range(0, repeats).Select(_ => run())];

        static string Name(int count) => count == 0 ? "all" : count.ToString(CultureInfo.InvariantCulture);
    }

    private static void Report(int rows, string what, string threads, ChildRun[] runs)
    {
        double seconds = Median(run => run.Seconds), processor = Median(run => run.ProcessorSeconds), memory = runs.Max(run => run.MostResidentBytes);
        Console.WriteLine(Invariant(
            $"| {rows:N0} | {what} | {threads} | {seconds:F2} | {processor:F2} | {rows / seconds / 1e6:F2} | {memory / (1 << 20):F0} |"));

        double Median(Func<ChildRun, double> of) => runs.Select(of).Order().ElementAt(runs.Length / 2);
    }

    // The sum of all cells, so that none can be passed over.
    private static double Decode(string path, int threads)
    {
        using RowBatchReader reader = DatasetReader.OpenBatches(path, new DatasetReadOptions { Formats = [new ParquetFormat()], Threads = threads });
        RowBatch batch = reader.CreateBatch();
        double sum = 0;
        while (reader.Read(batch))
        {
            foreach (double cell in batch.Rows) sum += cell;
        }

        return sum;
    }
}
