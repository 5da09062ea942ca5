using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace IadNative.Extensions.Hosting.Health;

/// <summary>Whether a detector has a model, and whether its last reload went well.</summary>
internal sealed class DetectorHealthCheck(IAnomalyDetectorProvider detector) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        ModelStatus status = detector.Status;
        HealthCheckResult result = status switch
        {
            { LoadedAt: null } => new HealthCheckResult(context.Registration.FailureStatus, $"There is no model. {status.Failure}".TrimEnd()),
            { Failure: { } failure } => HealthCheckResult.Degraded($"The last reload failed, and the model before it serves. {failure}"),
            _ => HealthCheckResult.Healthy($"The model was loaded at {status.LoadedAt:O}."),
        };
        return Task.FromResult(result);
    }
}
