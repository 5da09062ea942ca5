using IadNative.Compute;

namespace IadNative.Iad;

/// <summary>A device that is settled on when the work is known.</summary>
internal interface IDeviceChoice
{
    /// <summary>The device for some work.</summary>
    /// <param name="work">What trains side by side.</param>
    /// <param name="rounds">What a device does between rounds; null where the host does it.</param>
    IDevice ChooseFor(IReadOnlyList<DeviceWork> work, RoundSpec? rounds);
}

/// <summary>What a session is going to do.</summary>
/// <param name="Plan">Its plan.</param>
/// <param name="Spec">Its data and replicas, those of all runs.</param>
/// <param name="Epochs">Epochs of each replica over all rounds; of a plan that is fitted in one go, how often it is.</param>
/// <param name="Scorings">How often all rows are scored.</param>
internal sealed record DeviceWork(Plan Plan, SessionSpec Spec, long Epochs, int Scorings);
