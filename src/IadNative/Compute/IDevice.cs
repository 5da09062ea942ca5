using IadNative.Compute;

namespace IadNative;

/// <summary>Where networks train: the CPU, or a device of another package.</summary>
public interface IDevice
{
    /// <summary>What it is, for reports: device and instruction-set path.</summary>
    string Description { get; }

    /// <summary>Compiles a plan and allocates everything that it will ever need.</summary>
    internal ISession CreateSession(Plan plan, SessionSpec spec);
}
