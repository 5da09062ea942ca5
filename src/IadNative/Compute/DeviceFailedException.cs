namespace IadNative.Compute;

/// <summary>A device stopped working: out of memory, a kernel fault, or the device is gone.</summary>
public class DeviceFailedException : Exception
{
    /// <summary>A failure.</summary>
    /// <param name="message">What failed, why, and what to do.</param>
    public DeviceFailedException(string message)
        : base(message)
    {
    }
}
