using System.Runtime.InteropServices;

namespace IadNative.Native;

/// <summary>Detectors as pointers that C can hold.</summary>
internal static class Handles
{
    /// <summary>A pointer that keeps a detector until <see cref="Free"/>.</summary>
    public static nint New(AnomalyDetector detector) => GCHandle.ToIntPtr(GCHandle.Alloc(detector));

    /// <summary>The detector of a pointer; null for null.</summary>
    public static AnomalyDetector? Find(nint handle) => handle == 0 ? null : (AnomalyDetector?)GCHandle.FromIntPtr(handle).Target;

    /// <summary>Lets the detector go.</summary>
    public static void Free(nint handle)
    {
        if (handle != 0) GCHandle.FromIntPtr(handle).Free();
    }
}
