namespace IadNative.Compute.Cpu.Kernels;

/// <summary>Units of a layer that are computed together.</summary>
/// <param name="Outputs">How many: 4 or 2.</param>
/// <param name="First">The first input that one of them sees.</param>
/// <param name="Inputs">How many inputs from there on.</param>
internal readonly record struct OutputTile(int Outputs, int First, int Inputs);
