using IadNative.Compute;
using IadNative.Messages;

namespace IadNative.Cuda;

/// <summary>A call into CUDA failed.</summary>
public class CudaException : DeviceFailedException
{
    /// <summary>A failure.</summary>
    /// <param name="call">The entry point, such as <c>cuLaunchKernel</c>.</param>
    /// <param name="status">Its status code.</param>
    /// <param name="message">What the status means, what was attempted, and what to do.</param>
    public CudaException(string call, int status, string message)
        : base($"{call} failed ({status}): {message}")
    {
        Call = call;
        Status = status;
    }

    /// <summary>The entry point.</summary>
    public string Call { get; }

    /// <summary>Its status code.</summary>
    public int Status { get; }
}

/// <summary>The device has not enough memory left.</summary>
public sealed class CudaOutOfMemoryException(string call, int status, string message) : CudaException(call, status, message)
{
    /// <inheritdoc/>
    public override bool IsOutOfMemory => true;
}

/// <summary>CUDA cannot be used on this machine: no driver, no device, or a library that is missing or too old.</summary>
/// <param name="message">What is missing, everything that was tried, and what to do.</param>
/// <param name="driverFails">Whether there is a driver, but it does not start or is too old.</param>
public sealed class CudaUnavailableException(string message, bool driverFails = false) : Exception(ForeignText.Message(message))
{
    /// <summary>Whether there is a driver, but it does not start or is too old.</summary>
    public bool DriverFails { get; } = driverFails;
}
