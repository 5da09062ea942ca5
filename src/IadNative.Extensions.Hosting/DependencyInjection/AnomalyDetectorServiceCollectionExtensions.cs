using IadNative.Extensions.Hosting;
using IadNative.Extensions.Hosting.DependencyInjection;
using IadNative.Extensions.Hosting.Serving;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds anomaly detectors to a program's services.</summary>
public static class AnomalyDetectorServiceCollectionExtensions
{
    /// <summary>Adds the detector without a name, an <see cref="IAnomalyDetectorProvider"/>.</summary>
    /// <param name="services">The program's services.</param>
    /// <returns>What says where its model comes from.</returns>
    /// <exception cref="ArgumentNullException">There are no services.</exception>
    public static AnomalyDetectorBuilder AddAnomalyDetector(this IServiceCollection services)
    {
        AnomalyDetectorBuilder builder = services.AddAnomalyDetector(Options.Options.DefaultName);
        services.TryAddSingleton(provider => provider.GetRequiredKeyedService<IAnomalyDetectorProvider>(Options.Options.DefaultName));
        return builder;
    }

    /// <summary>
    /// Adds a detector by name: an <see cref="IAnomalyDetectorProvider"/> with the name as its key. Where the name was added before, the same
    /// detector is configured further.
    /// </summary>
    /// <param name="services">The program's services.</param>
    /// <param name="name">Its key, its tag in metrics, and what messages call it.</param>
    /// <returns>What says where its model comes from.</returns>
    /// <exception cref="ArgumentNullException">There are no services, or no name.</exception>
    public static AnomalyDetectorBuilder AddAnomalyDetector(this IServiceCollection services, string name)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(name);
        var builder = new AnomalyDetectorBuilder(services, name);
        if (services.Any(service => service.ImplementationInstanceOf<DetectorName>()?.Name == name)) return builder;
        services.AddOptions();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<AnomalyDetectorOptions>, OptionsCheck>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, DetectorStartup>());
        services.TryAddSingleton<DetectorMetrics>();
        services.AddSingleton(new DetectorName(name));
        services.AddKeyedSingleton<IAnomalyDetectorProvider, DetectorSlot>(name, (provider, _) => DetectorSlot.Create(provider, name));
        return builder;
    }

    private static T? ImplementationInstanceOf<T>(this ServiceDescriptor service)
        where T : class => service.IsKeyedService ? null : service.ImplementationInstance as T;
}
