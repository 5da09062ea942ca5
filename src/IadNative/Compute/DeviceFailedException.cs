using IadNative.Compute;
using IadNative.Messages;

namespace IadNative;

/// <summary>A device stopped working: out of memory, a kernel fault, or the device is gone.</summary>
public class DeviceFailedException : Exception
{
    /// <summary>A failure.</summary>
    /// <param name="message">What failed, why, and what to do.</param>
    public DeviceFailedException(string message)
        : base(ForeignText.Message(message))
    {
    }

    /// <summary>Whether the device had too little memory; it then works on, and may have enough for less.</summary>
    public virtual bool IsOutOfMemory => false;
}
