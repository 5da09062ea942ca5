using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using static TorchSharp.torch;

namespace IadNative.Peers.Torch;

/// <summary>
/// Makes libtorch loadable and sets its threads. TorchSharp's native part is linked against GLIBCXX_3.4.32 (GCC 13.2), for one
/// symbol alone: std::ios_base_library_init(), which sets up iostreams, as libtorch has done already when it runs. Where the
/// system's library is older, the copy in the build output, never the package, is changed: the reference becomes one to getpid(),
/// and the need for that version becomes weak. Nothing that is timed is changed.
/// </summary>
internal static class TorchLibrary
{
    private const string Version = "GLIBCXX_3.4.32", Symbol = "_ZSt21ios_base_library_initv", Harmless = "getpid";

    // Elf64_Shdr types and sizes of the records below, from the ELF specification and <elf.h>.
    private const uint DynamicSymbols = 11, VersionNeeds = 0x6fff_fffe, SymbolVersions = 0x6fff_ffff;
    private const int SymbolSize = 24;
    private const ushort Global = 1, Weak = 2;

    public static void Prepare(int threads)
    {
        if (OperatingSystem.IsLinux() && !IsNewEnough()) Patch(Path.Combine(AppContext.BaseDirectory, "libLibTorchSharp.so"));
        set_num_threads(threads);
        set_num_interop_threads(1);
    }

    private static bool IsNewEnough() =>
        NativeLibrary.TryLoad("libstdc++.so.6", out nint library) && NativeLibrary.TryGetExport(library, Symbol, out _);

    private static void Patch(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        Section[] sections = Sections(file);
        Section symbols = sections.First(section => section.Type == DynamicSymbols);
        Section strings = sections[symbols.Link];
        bool changed = false;
        for (int i = 0; i < symbols.Size / SymbolSize; i++)
        {
            int name = strings.Offset + Int32(file, symbols.Offset + (i * SymbolSize));
            if (!IsAt(file, name, Symbol)) continue;
            Encoding.ASCII.GetBytes(Harmless + '\0').CopyTo(file, name);
            int version = sections.First(section => section.Type == SymbolVersions).Offset + (sizeof(ushort) * i);
            BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(version), Global);
            changed = true;
        }

        // Verneed: version, count, file, first, next; Vernaux: hash, flags, other, name, next. Offsets are from their own start.
        int next, need = sections.First(section => section.Type == VersionNeeds).Offset;
        do
        {
            int entry = need + Int32(file, need + 8);
            for (int i = UInt16(file, need + 2); i > 0; i--)
            {
                int flags = entry + 4;
                if (IsAt(file, strings.Offset + Int32(file, entry + 8), Version) && (UInt16(file, flags) & Weak) == 0)
                {
                    BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(flags), (ushort)(UInt16(file, flags) | Weak));
                    changed = true;
                }

                entry += Int32(file, entry + 12);
            }

            next = Int32(file, need + 12);
            need += next;
        }
        while (next != 0);

        if (!changed) return;
        string temporary = $"{path}.{Environment.ProcessId}";
        File.WriteAllBytes(temporary, file);
        File.Move(temporary, path, overwrite: true);
    }

    private static Section[] Sections(byte[] file)
    {
        int table = (int)BinaryPrimitives.ReadInt64LittleEndian(file.AsSpan(0x28)), size = UInt16(file, 0x3A);
        return [.. Enumerable.Range(0, UInt16(file, 0x3C)).Select(i =>
        {
            ReadOnlySpan<byte> header = file.AsSpan(table + (i * size));
            return new Section(
                BinaryPrimitives.ReadUInt32LittleEndian(header[4..]), (int)BinaryPrimitives.ReadInt64LittleEndian(header[24..]),
                (int)BinaryPrimitives.ReadInt64LittleEndian(header[32..]), BinaryPrimitives.ReadInt32LittleEndian(header[40..]));
        })];
    }

    private static bool IsAt(byte[] file, int offset, string text) =>
        file.AsSpan(offset).StartsWith(Encoding.ASCII.GetBytes(text + '\0'));

    private static int Int32(byte[] file, int offset) => BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(offset));

    private static ushort UInt16(byte[] file, int offset) => BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(offset));

    private readonly record struct Section(uint Type, int Offset, int Size, int Link);
}
