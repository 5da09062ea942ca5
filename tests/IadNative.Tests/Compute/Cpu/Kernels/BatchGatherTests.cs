using IadNative.Compute.Cpu.Kernels;

namespace IadNative.Tests.Compute.Cpu.Kernels;

public sealed unsafe class BatchGatherTests
{
    [Test]
    public void Rows_are_standardised_and_turned_and_the_padding_is_cleared([Values(1, 2, 5, 37, 131)] int features)
    {
        const int total = 50;
        var random = new System.Random(features);
        GuardedBuffer data = GuardedBuffer.Random(total * features, _ => true, random);
        GuardedBuffer offset = GuardedBuffer.Random(features, _ => true, random);
        GuardedBuffer scale = GuardedBuffer.Random(features, _ => true, random);
        for (int samples = 1; samples <= 64; samples++)
        {
            int padded = (samples + 15) / 16 * 16, stride = padded + 16;
            int[] rows = [.. Enumerable.Range(0, samples).Select(_ => random.Next(total))];
            GuardedBuffer destination = new(features * stride);
            fixed (int* indices = rows)
            {
                Batch.Gather(
                    data.Pointer, indices, features, offset.Pointer, scale.Pointer, destination.Pointer, stride, samples, padded);
            }

            destination.Untouched(i => i % stride < padded, "destination");
            for (int i = 0; i < features; i++)
            {
                for (int s = 0; s < padded; s++)
                {
                    float expected = s < samples
                        ? (data.Pointer[(rows[s] * features) + i] - offset.Pointer[i]) * scale.Pointer[i]
                        : 0;
                    Assert.That(destination.Pointer[(i * stride) + s], Is.EqualTo(expected), $"feature {i}, sample {s} of {samples}");
                }
            }
        }
    }
}
