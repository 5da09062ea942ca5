namespace IadNative.Cuda.Compilation;

/// <summary>A file in kernels/, and the shape that it is compiled for: some kernels are compiled anew for every network.</summary>
/// <param name="Name">File name, such as <c>adam.cu</c>.</param>
/// <param name="Shape">What it finds in <see cref="ShapeHeader"/>; empty for a file that is the same for all.</param>
internal readonly record struct KernelFile(string Name, string Shape = "")
{
    /// <summary>The header that holds the shape.</summary>
    public const string ShapeHeader = "fused/shape.cuh";

    /// <summary>A file that is the same for all shapes.</summary>
    public static implicit operator KernelFile(string name) => new(name);

    /// <inheritdoc/>
    public override string ToString() => Name;
}
