using IadNative.Persistence;
using IadNative.Tests.Fuzzing;

namespace IadNative.Tests.Persistence;

public sealed class SafetensorsFuzzTests
{
    [TestCase(1_000)]
    [TestCase(10_000, Category = "Slow")]
    [TestCase(200_000, Category = "Nightly")]
    public void Damaged_files_are_read_or_refused_and_cost_little_memory(int mutations)
    {
        SafetensorsWriter writer = SafetensorsFileTests.Sample();
        writer.Add<double>("mean", [4], [1, 2, 3, 4]);
        writer.Add<int>("rows", [2, 1], [7, 8]);
        writer.Add<long>("none", [0], []);
        byte[] seed = SafetensorsFileTests.Write(writer);
        int read = 0;
        int refused = 0;
        for (int i = 0; i < mutations; i++)
        {
            byte[] bytes = Mutator.Mutate(seed, i);
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
            catch (ModelFormatException e)
            {
                if (Refusal.Fault(e.Message, Refusal.LongestOfModel) is { } fault) Assert.Fail($"mutation {i}: {fault}");
                refused++;
            }

            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.That(allocated, Is.LessThan(100_000 + (SafetensorsFile.BytesPerByte * (long)bytes.Length)), $"mutation {i}");
        }

        // Damage to the data alone leaves a readable file; damage to the header nearly always does not.
        Assert.That(read, Is.GreaterThan(mutations / 100));
        Assert.That(refused, Is.GreaterThan(mutations / 4));
    }
}
