using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace IadNative.Extensions.Hosting.DependencyInjection;

/// <summary>A name under which a detector was added.</summary>
internal sealed record DetectorName(string Name);

/// <summary>Loads all detectors when the host starts, so that what is wrong with one stops it then and not at the first row.</summary>
internal sealed class DetectorStartup(IServiceProvider services, IEnumerable<DetectorName> names) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (DetectorName name in names) services.GetRequiredKeyedService<IAnomalyDetectorProvider>(name.Name);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
