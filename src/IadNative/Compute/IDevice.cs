namespace IadNative.Compute;

/// <summary>Something that can run plans.</summary>
public interface IDevice
{
    /// <summary>What it is, for reports: device and instruction-set path.</summary>
    string Description { get; }

    /// <summary>Compiles a plan and allocates everything that it will ever need.</summary>
    ISession CreateSession(Plan plan, SessionSpec spec);
}
