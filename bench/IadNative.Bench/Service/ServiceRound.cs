namespace IadNative.Bench.Service;

/// <summary>What was measured of one service for some seconds.</summary>
/// <param name="Throughput">Requests a second.</param>
/// <param name="P50">Median seconds of a request, as the client sees it.</param>
/// <param name="P99">99th percentile of the same.</param>
/// <param name="Bytes">Bytes that the service's managed heap gave out for a request.</param>
/// <param name="Processor">Seconds of processor time that the service took for a request.</param>
internal sealed record ServiceRound(double Throughput, double P50, double P99, double Bytes, double Processor)
{
    /// <summary>Has so many connections ask a service.</summary>
    public static ServiceRound Measure(ServiceProcess service, string body, int connections, TimeSpan time)
    {
        LoadClient[] clients = [.. Enumerable.Range(0, connections).Select(_ => new LoadClient(service.Port, body))];
        (long allocated, double processor) = (service.Allocated(), service.ProcessorSeconds());
        Task<List<double>>[] tasks = [.. clients.Select(client =>
            Task.Factory.StartNew(() => client.Run(time), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
        double[] seconds = [.. tasks.SelectMany(task => task.Result)];
        (allocated, processor) = (service.Allocated() - allocated, service.ProcessorSeconds() - processor);
        foreach (LoadClient client in clients) client.Dispose();
        Array.Sort(seconds);
        int count = seconds.Length;
        return new ServiceRound(
            count / time.TotalSeconds, seconds[count / 2], seconds[(int)(count * 0.99)], (double)allocated / count, processor / count);
    }

    /// <summary>The median of each over some rounds.</summary>
    public static ServiceRound MedianOf(IReadOnlyList<ServiceRound> rounds)
    {
        return new ServiceRound(
            Of(round => round.Throughput), Of(round => round.P50), Of(round => round.P99), Of(round => round.Bytes), Of(round => round.Processor));

        double Of(Func<ServiceRound, double> value) => rounds.Select(value).Order().ElementAt(rounds.Count / 2);
    }
}
