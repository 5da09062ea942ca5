using System.Security.Cryptography;
using IadNative.Messages;
using IadNative.Persistence;

namespace IadNative.Cuda.Compilation;

/// <summary>
/// Keeps what a compiler made in files, so that the next run need not compile. An entry's name is the
/// <see cref="KernelProgram.Key"/>; its content is the SHA-256 of key and code, then the code. An entry that is truncated,
/// changed, renamed or not the user's own is compiled anew. Entries appear whole, by renaming, so that many processes may
/// share a folder.
/// </summary>
/// <param name="compiler">The compiler.</param>
/// <param name="folder">A folder that nobody but the user may write to, from <see cref="KernelCacheFolder"/>.</param>
/// <param name="warn">Told when an entry cannot be written.</param>
internal sealed class KernelCache(IKernelCompiler compiler, string folder, Action<string> warn) : IKernelCompiler
{
    private readonly Lock _warning = new();

    /// <inheritdoc/>
    public string Version => compiler.Version;

    /// <inheritdoc/>
    public byte[] Compile(KernelProgram program)
    {
        byte[] key = program.Key(Version);
        string path = Path.Combine(folder, Convert.ToHexStringLower(key) + ".bin");
        if (Read(path, key) is { } kept)
            return kept;

        byte[] code = compiler.Compile(program);
        try
        {
            AtomicFile.Write(path, stream =>
            {
                stream.Write(Checksum(key, code));
                stream.Write(code);
            });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            lock (_warning) warn($"A compiled kernel could not be kept, and will be compiled again in the next run: {ForeignText.Shorten(e.Message, ForeignText.LongestReason)}");
        }

        return code;
    }

    private static byte[]? Read(string path, byte[] key)
    {
        try
        {
            if (!File.Exists(path) || !FileStatus.IsUsersOwn(path))
                return null;
            byte[] content = File.ReadAllBytes(path);
            if (content.Length <= SHA256.HashSizeInBytes)
                return null;
            byte[] code = content[SHA256.HashSizeInBytes..];
            return content.AsSpan(0, SHA256.HashSizeInBytes).SequenceEqual(Checksum(key, code)) ? code : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static byte[] Checksum(byte[] key, byte[] code) => SHA256.HashData([.. key, .. code]);
}
