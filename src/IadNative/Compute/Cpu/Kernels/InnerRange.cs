namespace IadNative.Compute.Cpu.Kernels;

/// <summary>The terms k of a sum that may differ from zero.</summary>
/// <param name="First">The first.</param>
/// <param name="End">One past the last.</param>
internal readonly record struct InnerRange(int First, int End);
