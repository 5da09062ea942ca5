using System.Security.Cryptography;
using System.Text;

namespace IadNative.Tests.Emulator;

/// <summary>
/// Files that a compiler made, each under a name that is a hash of everything it was made from, in a folder beside the
/// tests. Written under another name and renamed, so that processes in parallel see a file whole or not at all.
/// </summary>
internal static class BuildCache
{
    /// <summary>Where they lie.</summary>
    public static readonly string Folder =
        Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "emulator-cache")).FullName;

    /// <summary>The path of a file, made now if it is not there.</summary>
    /// <param name="name">The file's name; the hash goes before its extension.</param>
    /// <param name="inputs">Everything the file depends on: text, options, contents of files.</param>
    /// <param name="make">Writes the file to the path it is given.</param>
    public static string GetOrAdd(string name, IEnumerable<string> inputs, Action<string> make)
    {
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', inputs)));
        string key = Convert.ToHexStringLower(hash)[..24];
        string extension = Path.GetExtension(name);
        string path = Path.Combine(Folder, $"{Path.GetFileNameWithoutExtension(name)}-{key}{extension}");
        if (File.Exists(path))
            return path;
        string unfinished = Path.Combine(Folder, $"{Guid.NewGuid():N}{extension}");
        try
        {
            make(unfinished);
            File.Move(unfinished, path, overwrite: true);
        }
        finally
        {
            File.Delete(unfinished);
        }
        return path;
    }
}
