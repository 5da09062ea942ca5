namespace IadNative.Data.Formats;

/// <summary>Files that lie where only such with content are expected.</summary>
internal static class PlainFile
{
    /// <summary>
    /// Refuses an empty file and, as those have no length either, pipes, sockets and devices: to open a pipe would wait for whoever
    /// writes into it, perhaps forever.
    /// </summary>
    /// <param name="path">The file, or a link to it.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="DataFormatException">It is of that kind.</exception>
    public static void Require(string path, string name)
    {
        FileInfo file = new(path);
        if (file.LinkTarget is not null) file = (FileInfo)(file.ResolveLinkTarget(returnFinalTarget: true) ?? file);
        if (file.Length == 0)
            throw new DataFormatException($"{name}: it is empty, or no file but a pipe or a device. Remove it from the folder.");
    }
}
