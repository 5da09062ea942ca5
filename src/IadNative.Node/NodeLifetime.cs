using Microsoft.Extensions.Hosting;

namespace IadNative.Node;

/// <summary>Leaves signals to the command, which says what becomes of them.</summary>
internal sealed class NodeLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
