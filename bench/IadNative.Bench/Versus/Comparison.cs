using IadNative.Bench.Versus.Exchange;

namespace IadNative.Bench.Versus;

/// <summary>Measures one row: all sides do the same work, and take turns.</summary>
internal sealed class Comparison(VersusOptions options)
{
    private const int PauseMilliseconds = 20;

    /// <summary>Versions that the peers reported.</summary>
    public IReadOnlyDictionary<string, string> Versions { get; private set; } = new Dictionary<string, string>();

    public ResultRow Measure(Workload workload, int threads)
    {
        string folder = Directory.CreateTempSubdirectory("versus-").FullName;
        try
        {
            OurWork work = workload.Make(threads);
            work.Write(folder);
            using var peers = new PeerProcess(folder);
            Versions = peers.Greeting.Versions;
            Introduction ours = work.Introduce();
            IReadOnlyList<Introduction> others = peers.Greeting.Contestants;
            List<Side> sides = [new(work.Run), .. others.Select((_, side) => new Side(count => peers.Run(side, count)))];
            foreach (Side side in sides) WarmUp(side);
            for (int repetition = 0; repetition < options.Repetitions; repetition++)
            {
                foreach (Side side in sides)
                {
                    Thread.Sleep(PauseMilliseconds); // Worker threads of the side before stop spinning.
                    side.Add(side.Run(side.Count), work);
                }
            }

            return new ResultRow(
                workload.Name, workload.Title, workload.Goal, work.Unit, threads, sides[0].ToSeries(ours.Name, true, work),
                [.. others.Select((other, i) => sides[i + 1].ToSeries(other.Name, Agreement.Holds(ours, other), work))]);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Runs a side until its code is compiled and its caches are warm, and finds how much fills a repetition.</summary>
    private void WarmUp(Side side)
    {
        double spent = 0, seconds = 0;
        while (spent < options.WarmUpSeconds)
        {
            seconds = side.Run(side.Count).Seconds;
            spent += seconds;
            if (seconds < options.Seconds / 2) side.Count *= 2;
        }

        side.Count = Math.Max(1, (int)Math.Round(side.Count * options.Seconds / seconds));
    }

    private sealed class Side(Func<int, Measurement> run)
    {
        private readonly List<double> _values = [], _p99 = [], _bytes = [];

        public Func<int, Measurement> Run { get; } = run;

        public int Count { get; set; } = 1;

        public void Add(Measurement measurement, OurWork work)
        {
            _values.Add(work.ValueOf(measurement, Count));
            _bytes.Add(measurement.BytesPerUnit);
            if (measurement.P99 is { } p99) _p99.Add(p99 * 1e6);
        }

        public Series ToSeries(string name, bool matches, OurWork work) => new(name, matches, _values)
        {
            P99 = _p99.Count == 0 ? null : Series.MedianOf(_p99),
            Bytes = _p99.Count == 0 ? null : Series.MedianOf(_bytes),
            Gigaflops = work.Operations / (Series.MedianOf(_values) * work.UnitSeconds) / 1e9,
        };
    }
}
