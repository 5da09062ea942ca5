using System.Runtime.InteropServices;

namespace IadNative.Cuda.Compilation;

/// <summary>Tells whose a file is, which .NET does not.</summary>
internal static unsafe partial class FileOwner
{
    private const int CurrentFolder = -100;
    private const uint AskForOwner = 0x8;
    private const int SizeOfStatx = 256;
    private const int OffsetOfOwner = 20;

    /// <summary>
    /// Whether a file or folder (for a link, what it points to) belongs to the user whom this process runs as. On Windows
    /// always true; where the system does not tell, false.
    /// </summary>
    public static bool IsUser(string path)
    {
        if (OperatingSystem.IsWindows())
            return true;
        byte* status = stackalloc byte[SizeOfStatx];
        try
        {
            return Statx(CurrentFolder, path, 0, AskForOwner, status) == 0
                && (*(uint*)status & AskForOwner) != 0
                && *(uint*)(status + OffsetOfOwner) == EffectiveUser();
        }
        catch (EntryPointNotFoundException)
        {
            return false;
        }
    }

    // struct statx has the same layout on every architecture of Linux.
    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int folder, string path, int flags, uint mask, byte* status);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint EffectiveUser();
}
