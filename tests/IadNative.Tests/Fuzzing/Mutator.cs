namespace IadNative.Tests.Fuzzing;

/// <summary>
/// Damages files, the same way each time for the same number: flips bits, cuts the end off, copies, inserts, repeats and
/// removes chunks, and writes numbers that lengths should not be.
/// </summary>
internal static class Mutator
{
    private static readonly ulong[] s_lengths =
    [
        0, 1, 2, 3, 4, 7, 8, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 1 << 20, 1 << 30, int.MaxValue, 1ul << 31,
        uint.MaxValue - 7, uint.MaxValue, 1ul << 32, 1ul << 40, long.MaxValue, 1ul << 63, ulong.MaxValue,
    ];

    /// <summary>A damaged copy of <paramref name="seed"/>, the <paramref name="i"/>-th of as many as are asked for.</summary>
    public static byte[] Mutate(byte[] seed, int i)
    {
        var random = new System.Random(i);
        var bytes = new List<byte>(seed);
        for (int times = 1 + random.Next(4); times > 0; times--)
            MutateOnce(bytes, random);
        return [.. bytes];
    }

    private static void MutateOnce(List<byte> bytes, System.Random random)
    {
        if (bytes.Count == 0)
        {
            bytes.Add((byte)random.Next(256));
            return;
        }
        int at = Place(bytes, random);
        switch (random.Next(9))
        {
            case 0:
            case 1:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 2:
                bytes[at] = (byte)random.Next(256);
                break;
            case 3:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            case 4:
            case 5:
                WriteLength(bytes, at, random);
                break;
            case 6:
                byte[] copied = Chunk(bytes, random);
                for (int k = 0; k < copied.Length && at + k < bytes.Count; k++)
                    bytes[at + k] = copied[k];
                break;
            case 7:
                byte[] inserted = Chunk(bytes, random);
                for (int times = random.Next(10) == 0 ? 50 : 1; times > 0; times--)
                    bytes.InsertRange(at, inserted);
                break;
            default:
                bytes.RemoveRange(at, Math.Min(bytes.Count - at, 1 + random.Next(64)));
                break;
        }
    }

    /// <summary>Half of the damage falls on the first bytes, where headers are.</summary>
    private static int Place(List<byte> bytes, System.Random random) =>
        random.Next(2) == 0 ? random.Next(Math.Min(bytes.Count, 256)) : random.Next(bytes.Count);

    private static byte[] Chunk(List<byte> bytes, System.Random random)
    {
        int from = random.Next(bytes.Count);
        return [.. bytes.GetRange(from, Math.Min(bytes.Count - from, 1 + random.Next(64)))];
    }

    private static void WriteLength(List<byte> bytes, int at, System.Random random)
    {
        int size = 1 << random.Next(4);
        at -= at % size;
        byte[] value = BitConverter.GetBytes(s_lengths[random.Next(s_lengths.Length)]);
        bool reverse = random.Next(2) == 0;
        for (int k = 0; k < size && at + k < bytes.Count; k++)
            bytes[at + k] = value[reverse ? size - 1 - k : k];
    }
}
