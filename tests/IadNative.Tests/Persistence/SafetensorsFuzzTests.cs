using IadNative.Persistence;

namespace IadNative.Tests.Persistence;

public sealed class SafetensorsFuzzTests
{
    private const int Mutations = 10_000;

    [Test]
    public void Ten_thousand_damaged_files_are_read_or_refused_and_cost_little_memory()
    {
        SafetensorsWriter writer = SafetensorsFileTests.Sample();
        writer.Add<double>("mean", [4], [1, 2, 3, 4]);
        writer.Add<int>("rows", [2, 1], [7, 8]);
        writer.Add<long>("none", [0], []);
        byte[] seed = SafetensorsFileTests.Write(writer);
        int read = 0;
        int refused = 0;
        for (int i = 0; i < Mutations; i++)
        {
            byte[] bytes = Mutate(seed, i);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                SafetensorsFile file = SafetensorsFile.Read(new MemoryStream(bytes), "fuzz");
                file.Float32("weight", 2, 3);
                file.Float64("mean", 4);
                file.Int32("rows", 2, 1);
                file.Int64("none", 0);
                read++;
            }
            catch (ModelFormatException)
            {
                refused++;
            }

            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.That(allocated, Is.LessThan(200_000 + 100L * bytes.Length), $"mutation {i}");
        }

        // Damage to the data alone leaves a readable file; damage to the header nearly always does not.
        Assert.That(read, Is.GreaterThan(Mutations / 100));
        Assert.That(refused, Is.GreaterThan(Mutations / 4));
    }

    private static byte[] Mutate(byte[] seed, int i)
    {
        System.Random random = new(i);
        List<byte> bytes = [.. seed];
        for (int edits = random.Next(1, 5); edits > 0 && bytes.Count > 0; edits--)
        {
            int at = random.Next(bytes.Count);
            int count = random.Next(1, 1 + Math.Min(16, bytes.Count - at));
            switch (random.Next(6))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2:
                    bytes[at] = (byte)"{}[]\",:0129-.eE\\ "[random.Next(17)];
                    break;
                case 3:
                    bytes.InsertRange(random.Next(bytes.Count), bytes.GetRange(at, count));
                    break;
                case 4:
                    bytes.RemoveRange(at, count);
                    break;
                default:
                    bytes[random.Next(8) % bytes.Count] = (byte)random.Next(256);
                    break;
            }
        }

        return [.. bytes];
    }
}
