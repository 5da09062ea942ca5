using IadNative.Extensions.Hosting;
using IadNative.Extensions.Hosting.Health;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds health checks of anomaly detectors.</summary>
public static class AnomalyDetectorHealthChecksBuilderExtensions
{
    /// <summary>
    /// Adds the check of a detector: healthy with a model, degraded where its last reload failed and the model before still serves, and
    /// unhealthy without a model.
    /// </summary>
    /// <param name="builder">The program's health checks.</param>
    /// <param name="detector">The detector's name; empty for the one without.</param>
    /// <param name="name">The name of the check; null for the detector's, or <c>anomaly_detector</c> for the one without.</param>
    /// <param name="failureStatus">What is said without a model; null for unhealthy.</param>
    /// <param name="tags">Tags by which checks are chosen; null for none.</param>
    /// <exception cref="ArgumentNullException">There are no health checks, or no name of a detector.</exception>
    /// <exception cref="ArgumentException">The name of the check is empty.</exception>
    public static IHealthChecksBuilder AddAnomalyDetector(this IHealthChecksBuilder builder, string detector = "", string? name = null,
        HealthStatus? failureStatus = null, IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(detector);
        if (name?.Length == 0) throw new ArgumentException("The name of the health check is empty.", nameof(name));
        return builder.Add(new HealthCheckRegistration(
            name ?? (detector.Length == 0 ? "anomaly_detector" : detector),
            services => new DetectorHealthCheck(services.GetRequiredKeyedService<IAnomalyDetectorProvider>(detector)), failureStatus, tags));
    }
}
