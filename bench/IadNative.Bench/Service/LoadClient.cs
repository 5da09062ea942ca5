using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace IadNative.Bench.Service;

/// <summary>
/// One connection that asks again as soon as it has an answer, on a thread of its own. It does as little as can be, since it shares the
/// processors with the service.
/// </summary>
internal sealed class LoadClient : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = 60_000 };
    private readonly byte[] _answer = new byte[1 << 16];
    private readonly byte[] _request;

    public LoadClient(int port, string body)
    {
        _request = Encoding.ASCII.GetBytes(
            $"POST /score HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}");
        _socket.Connect(IPAddress.Loopback, port);
    }

    /// <summary>Seconds of each request until the time is over.</summary>
    public List<double> Run(TimeSpan time)
    {
        var seconds = new List<double>(1 << 20);
        for (long start = Stopwatch.GetTimestamp(), from = start; Stopwatch.GetElapsedTime(start) < time;)
        {
            Ask();
            long to = Stopwatch.GetTimestamp();
            seconds.Add(Stopwatch.GetElapsedTime(from, to).TotalSeconds);
            from = to;
        }

        return seconds;
    }

    public void Dispose() => _socket.Dispose();

    // Answers are 200, chunked, and end where no other byte follows.
    private void Ask()
    {
        _socket.Send(_request);
        int length = 0;
        do
        {
            int count = _socket.Receive(_answer.AsSpan(length));
            if (count == 0) throw new InvalidOperationException("The service closed the connection.");
            length += count;
        }
        while (!_answer.AsSpan(0, length).EndsWith("\r\n0\r\n\r\n"u8));
        if (!_answer.AsSpan(0, length).StartsWith("HTTP/1.1 200"u8))
            throw new InvalidOperationException($"The service answered {Encoding.UTF8.GetString(_answer, 0, length)}");
    }
}
