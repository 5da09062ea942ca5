using System.Net;
using System.Net.Sockets;

namespace IadNative.Cluster.Tests;

/// <summary>
/// A way to the database that one node alone takes, by a port of its own on loopback. While it is cut, nothing is refused and nothing is answered.
/// </summary>
internal sealed class DatabaseLink : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly List<Socket> _sockets = [];
    private readonly int _target;
    private volatile TaskCompletionSource _open = Opened();

    /// <param name="target">The port of the database on loopback.</param>
    public DatabaseLink(int target)
    {
        _target = target;
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _ = AcceptAsync();
    }

    /// <summary>Its port.</summary>
    public int Port { get; }

    /// <summary>Cuts it, for connections that are there too, or joins it again.</summary>
    public void Set(bool isUp)
    {
        if (isUp) _open.TrySetResult();
        else if (_open.Task.IsCompleted) _open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    public void Dispose()
    {
        _listener.Dispose();
        lock (_sockets)
        {
            foreach (Socket socket in _sockets) socket.Dispose();
        }

        // What waits finds its sockets closed.
        _open.TrySetResult();
    }

    private static TaskCompletionSource Opened()
    {
        var open = new TaskCompletionSource();
        open.SetResult();
        return open;
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket near;
            try
            {
                near = await _listener.AcceptSocketAsync();
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                return;
            }

            _ = ConnectAsync(near);
        }
    }

    private async Task ConnectAsync(Socket near)
    {
        var far = new Socket(SocketType.Stream, ProtocolType.Tcp);
        lock (_sockets) _sockets.AddRange([near, far]);
        try
        {
            await _open.Task;
            await far.ConnectAsync(IPAddress.Loopback, _target);
            await Task.WhenAny(CarryAsync(near, far), CarryAsync(far, near));
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
        }
        finally
        {
            near.Dispose();
            far.Dispose();
        }
    }

    private async Task CarryAsync(Socket from, Socket to)
    {
        byte[] buffer = new byte[1 << 16];
        try
        {
            while (await from.ReceiveAsync(buffer) is > 0 and int count)
            {
                await _open.Task;
                for (int sent = 0; sent < count;) sent += await to.SendAsync(buffer.AsMemory(sent, count - sent));
            }

            // An end is news, too.
            await _open.Task;
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
        }
    }
}
