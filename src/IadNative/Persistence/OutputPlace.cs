namespace IadNative.Persistence;

/// <summary>
/// Where a file comes to lie that is written to a path. Links are followed, in folders and at the end, to a file that need not be
/// there yet. In a folder where anybody may write but nobody may remove what is another's, such as <c>/tmp</c>, anybody can put a link
/// or a file in the way: there a link that neither the user nor the folder's owner has made is refused, as Linux does with
/// <c>protected_symlinks</c> switched on, and so is a file, since whoever made it chose who may read and change the new one. Where the
/// system does not tell whose they are, links in such folders are refused, and files where the user is root, whom nothing else stops.
/// </summary>
internal static class OutputPlace
{
    /// <summary>As many links as Linux follows on one path.</summary>
    private const int MostLinks = 40;

    private const UnixFileMode OpenToAll = UnixFileMode.OtherWrite | UnixFileMode.StickyBit;

    /// <summary>The file's full path, on which no link is left.</summary>
    /// <param name="path">The file to create or replace.</param>
    /// <exception cref="FileNotFoundException">The path is relative, and the current folder has been deleted.</exception>
    /// <exception cref="IOException">The links on the path lead in a circle.</exception>
    /// <exception cref="UnauthorizedAccessException">Somebody else has put a link or a file in the way.</exception>
    public static string Find(string path)
    {
        string place = Follow(path, refuseForeign: true);
        if (!IsDevice(place) && File.Exists(place) && IsForeign(place, isLink: false))
        {
            throw new UnauthorizedAccessException($"{path}: '{place}' belongs to another user, in a folder where anybody may write, and is "
                + "not replaced. Give another name.");
        }

        return place;
    }

    /// <summary>Where a path leads, whoever made the links on it.</summary>
    /// <exception cref="IOException">The links on the path lead in a circle.</exception>
    public static string Follow(string path) => Follow(path, refuseForeign: false);

    /// <summary>
    /// Whether it is written in place, because renaming a file over it would replace a device, a named pipe or a process's open file.
    /// <c>/dev/shm</c> holds ordinary files.
    /// </summary>
    public static bool IsDevice(string path) =>
        !OperatingSystem.IsWindows()
        && (path.StartsWith("/proc/", StringComparison.Ordinal)
            || (path.StartsWith("/dev/", StringComparison.Ordinal) && !path.StartsWith("/dev/shm/", StringComparison.Ordinal))
            || FileStatus.Of(path, followLinks: false) is { IsDevice: true });

    private static string Follow(string path, bool refuseForeign)
    {
        int links = 0;
        return Walk(Path.GetFullPath(path));

        string Walk(string full)
        {
            if (Path.GetDirectoryName(full) is not { } parent || IsDevice(full)) return full;
            string place = Path.Combine(Walk(parent), Path.GetFileName(full));
            if (IsDevice(place)) return place;
            FileSystemInfo end = Directory.Exists(place) ? new DirectoryInfo(place) : new FileInfo(place);
            if (end.LinkTarget is not { } target) return place;
            if (++links > MostLinks) throw new IOException($"{path}: the links on this path lead in a circle. Give another name.");
            if (refuseForeign && IsForeign(place, isLink: true))
            {
                throw new UnauthorizedAccessException($"{path}: the link '{place}' belongs to another user, in a folder where anybody may "
                    + "write, and is not followed. Give another name.");
            }

            return Walk(Path.GetFullPath(target, Path.GetDirectoryName(place)!));
        }
    }

    private static bool IsForeign(string place, bool isLink)
    {
        if (OperatingSystem.IsWindows()) return false;
        string folder = Path.GetDirectoryName(place)!;
        if ((File.GetUnixFileMode(folder) & OpenToAll) != OpenToAll) return false;
        return FileStatus.Of(place, followLinks: false) is { } own && FileStatus.Of(folder, followLinks: false) is { } around
            ? own.Owner != FileStatus.User && own.Owner != around.Owner
            : isLink || FileStatus.User == 0;
    }
}
