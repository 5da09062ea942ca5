using System.Runtime.InteropServices;

namespace IadNative.Persistence;

/// <summary>What Linux knows of a file and .NET does not tell: whose it is, of what kind, and whether it can be replaced.</summary>
/// <param name="Owner">The number of the user whom it belongs to.</param>
/// <param name="Mode">Kind and permissions, as <c>st_mode</c>.</param>
/// <param name="Attributes">As <c>stx_attributes</c>.</param>
internal readonly unsafe partial record struct FileStatus(uint Owner, int Mode, ulong Attributes)
{
    private const int KindMask = 0xF000, Pipe = 0x1000, CharacterDevice = 0x2000, BlockDevice = 0x6000;
    private const ulong Immutable = 0x10, AppendOnly = 0x20, MountPoint = 0x2000;

    private const int CurrentFolder = -100, NotThroughLinks = 0x100;
    private const uint AskForKind = 0x1, AskForMode = 0x2, AskForOwner = 0x8;
    private const int SizeOfStatx = 256, OffsetOfAttributes = 8, OffsetOfOwner = 20, OffsetOfMode = 28;

    /// <summary>The user whom this process runs as; not for Windows.</summary>
    public static uint User => EffectiveUser();

    /// <summary>Whether it is written in place and never replaced: a device or a named pipe.</summary>
    public bool IsDevice => (Mode & KindMask) is Pipe or CharacterDevice or BlockDevice;

    /// <summary>Whether nobody can put another file in its place: it is protected against that, or a file system is mounted there.</summary>
    public bool IsFixed => (Attributes & (Immutable | AppendOnly | MountPoint)) != 0;

    /// <summary>The status of a file or folder; null where there is none or the system does not tell.</summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="followLinks">Of a link, whether what it leads to is meant.</param>
    public static FileStatus? Of(string path, bool followLinks)
    {
        if (!OperatingSystem.IsLinux()) return null;
        const uint asked = AskForKind | AskForMode | AskForOwner;
        byte* status = stackalloc byte[SizeOfStatx];
        try
        {
            if (Statx(CurrentFolder, path, followLinks ? 0 : NotThroughLinks, asked, status) != 0) return null;
        }
        catch (EntryPointNotFoundException)
        {
            return null;
        }

        if ((*(uint*)status & asked) != asked) return null;
        return new FileStatus(*(uint*)(status + OffsetOfOwner), *(ushort*)(status + OffsetOfMode), *(ulong*)(status + OffsetOfAttributes));
    }

    /// <summary>
    /// Whether a file or folder (for a link, what it points to) belongs to the user whom this process runs as. On Windows
    /// always true; where the system does not tell, false.
    /// </summary>
    public static bool IsUsersOwn(string path) => OperatingSystem.IsWindows() || Of(path, followLinks: true)?.Owner == User;

    // struct statx has the same layout on every architecture of Linux.
    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int folder, string path, int flags, uint mask, byte* status);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint EffectiveUser();
}
