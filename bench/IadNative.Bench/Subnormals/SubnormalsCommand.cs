using IadNative.Bench.Gpu;
using IadNative.Compute;

namespace IadNative.Bench.Subnormals;
internal static class SubnormalsCommand
{
    public static int Run(string[] args)
    {
        string data = args.Length > 0 ? args[0] : "";
        foreach (GpuWorkload all in GpuWorkloads.All)
        {
            if (all.Features > 36 && all.Name != "lenet") continue;
            foreach (bool norm in new[] { true, false })
            {
                GpuWorkload workload = all with { Network = all.Network with { BatchNorm = norm } };
                SessionSpec spec = workload.Session(1) with { LearningRate = 1e-3, WeightDecay = data == "decay" ? 1e-3 : 0 };
                if (data == "constant" || data == "decay") for (int i = 0; i < spec.Data.Length; i += 6) spec.Data[i] = 0.5f;
                float[] raw = new float[workload.Rows];
                for (int i = 0; i < raw.Length; i++) raw[i] = (float)(1 / (1 + Math.Exp(-80 + 160.0 * i / raw.Length)));
                if (data == "clip") for (int i = 0; i < raw.Length; i++) raw[i] = i % 3 == 0 ? (float)Math.Exp(-80) : 1;
                float[] flushed = [.. raw.Select(w => w < 1e-30f ? 0 : w)];
                foreach (float[] w in new[] { raw, flushed })
                {
                    var counts = SubnormalCensus.Take(workload.Plan, spec, w, workload.Features > 36 ? 1 : int.Parse(args[1]));
                    Console.WriteLine($"{data} {workload.Name} norm {norm} {(w == raw ? "raw" : "flushed")}: " + string.Join(", ", counts.Where(c => c.Value.Subnormal > 0).Select(c => $"{c.Key} {100.0 * c.Value.Subnormal / c.Value.All:F3}%")));
                }
            }
        }
        return 0;
    }
}
