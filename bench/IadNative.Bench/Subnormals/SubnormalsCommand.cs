using System.Diagnostics;
using System.Globalization;
using System.Text;
using IadNative.Bench.Versus;
using IadNative.Compute;
using IadNative.Compute.Cpu;
using IadNative.Iad;

namespace IadNative.Bench.Subnormals;

/// <summary>
/// What subnormal numbers cost a training step: every model with importance weights from 1 down to e^-80, beside the same with
/// those below 1e-30 set to 0 as the method sets them. Counted, and timed in turn within one run.
/// </summary>
internal static class SubnormalsCommand
{
    private const int Repetitions = 25;

    /// <summary>Prints a table, and writes it to the file that is named.</summary>
    /// <returns>The exit code: 2 for a wrong command line.</returns>
    public static int Run(string[] args)
    {
        if (args is not ([] or [_]))
        {
            Console.Error.WriteLine("Usage: subnormals [PAGE]");
            return 2;
        }

        var page = new StringBuilder();
        Write("| model | weights | gradients of a batch | gradient | moments | parameters | us per step | to the other |");
        Write("|---|---|---:|---:|---:|---:|---:|---:|");
        foreach (SubnormalCase each in SubnormalCase.All)
        {
            float[][] weights = [each.Weights(least: 0), each.Weights(ImportanceWeights.Least)];
            double[] times = Times(each, weights);
            for (int i = 0; i < weights.Length; i++)
            {
                IReadOnlyDictionary<string, SubnormalCount> counts =
                    SubnormalCensus.Take(each.Workload.Plan, each.Session(), weights[i], each.Epochs);
                Write(string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {each} | {(i == 0 ? "e^-80 to 1" : "0 below 1e-30")} | {Share(counts, IsOfBatch)} | {Share(counts, name => name == "gradient")} ")
                    + string.Create(
                        CultureInfo.InvariantCulture,
                        $"| {Share(counts, name => name.EndsWith("moment", StringComparison.Ordinal))} ")
                    + string.Create(
                        CultureInfo.InvariantCulture,
                        $"| {Share(counts, name => name == "parameters")} | {times[i] * 1e6:F1} | {times[i] / times[1 - i]:F2} |"));
            }
        }

        Write("");
        Write($"{Machine.Describe()}; load {Machine.Load()}; .NET {Environment.Version}; one thread.");
        if (args is [string path]) File.WriteAllText(path, page.ToString());
        return 0;

        void Write(string line)
        {
            Console.WriteLine(line);
            page.Append(line).Append('\n');
        }
    }

    private static bool IsOfBatch(string name) => name.EndsWith(".gradient", StringComparison.Ordinal);

    // The share of subnormal numbers among some, over all steps; how many, where it is too small to be seen.
    private static string Share(IReadOnlyDictionary<string, SubnormalCount> counts, Func<string, bool> which)
    {
        SubnormalCount sum = counts.Where(count => which(count.Key)).Aggregate(default(SubnormalCount), (sum, count) => sum + count.Value);
        double share = 100.0 * sum.Subnormal / sum.All;
        return sum.Subnormal == 0 ? "0" : share < 0.001
            ? string.Create(CultureInfo.InvariantCulture, $"{sum.Subnormal} of {sum.All}")
            : string.Create(CultureInfo.InvariantCulture, $"{share:F3}%");
    }

    // Seconds of a step with each set of weights: of the fastest of the epochs that are trained in turn, which no other program slowed.
    private static double[] Times(SubnormalCase each, float[][] weights)
    {
        ISession[] sessions = [.. weights.Select(own =>
        {
            Plan plan = each.Workload.Plan;
            ISession session = new CpuDevice(threads: 1).CreateSession(plan, each.Session());
            session.Import(0, NetworkInitializer.Fresh(plan, key: 0, member: 0, round: 0));
            session.SetImportanceWeights(0, own);
            session.BeginRound();
            return session;
        })];
        double[][] times = [.. weights.Select(_ => new double[Repetitions])];
        for (int repetition = -3; repetition < Repetitions; repetition++)
        {
            for (int i = 0; i < sessions.Length; i++)
            {
                long start = Stopwatch.GetTimestamp();
                sessions[i].Train(new EpochRange(Round: 0, First: repetition + 3, Count: 1), null, CancellationToken.None);
                if (repetition >= 0) times[i][repetition] = Stopwatch.GetElapsedTime(start).TotalSeconds / each.Workload.Steps;
            }
        }

        foreach (ISession session in sessions) session.Dispose();
        return [.. times.Select(own => own.Min())];
    }
}
