namespace IadNative.Cuda;

/// <summary>A part of the training steps of an epoch: launches that are the same every time.</summary>
/// <param name="Launch">Makes them.</param>
/// <param name="Times">How often an epoch makes them, one after the other.</param>
internal sealed record EpochPart(Action Launch, int Times = 1);
