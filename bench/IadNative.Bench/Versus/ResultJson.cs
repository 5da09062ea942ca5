using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace IadNative.Bench.Versus;

/// <summary>A run as JSON: one object whose <c>rows</c> hold a row of the table for each number of threads.</summary>
internal static class ResultJson
{
    private static readonly JsonSerializerOptions s_options =
        new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write(Report report) => JsonSerializer.Serialize(
        new
        {
            schema = "iadnative.versus/1",
            machine = report.Machine,
            load = new { before = report.LoadBefore, after = report.LoadAfter },
            versions = report.Versions,
            command = report.Command,
            date = report.Date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            rows = report.Rows.Select(row => new
            {
                name = row.Name,
                ours = row.Ours.Median,
                peer = row.Best.Median,
                peerName = row.Best.Name,
                ratio = row.Ratio,
                unit = row.Unit,
                threads = row.Threads,
                lossMatch = row.Best.Matches,
                goal = row.Goal,
                ratioMin = row.Ratios.Min(),
                ratioMax = row.Ratios.Max(),
                repetitions = row.Ours.Values.Count,
                note = row.Note,
                sides = row.Peers.Prepend(row.Ours).Select(side => new
                {
                    name = side.Name,
                    median = side.Median,
                    min = side.Min,
                    max = side.Max,
                    gigaflops = side.Gigaflops,
                    p99 = side.P99,
                    bytes = side.Bytes,
                    lossMatch = side.Matches,
                }),
            }),
        },
        s_options);
}
