using IadNative.Compute.Cpu.Kernels;

namespace IadNative.Tests.Compute.Cpu.Kernels;

public sealed unsafe class BatchGatherTests
{
    [Test]
    public void Columns_of_rows_have_the_bits_of_rows_of_these_columns([Values(1, 2, 5, 37)] int features)
    {
        const int total = 50;
        int width = features + 6;
        var random = new System.Random(features);
        GuardedBuffer data = GuardedBuffer.Random(total * width, _ => true, random), cut = new(total * features);
        GuardedBuffer offset = GuardedBuffer.Random(features, _ => true, random), scale = GuardedBuffer.Random(features, _ => true, random);
        int[] columns = [.. Enumerable.Range(0, width)];
        random.Shuffle(columns);
        for (int i = 0; i < total * features; i++) cut.Pointer[i] = data.Pointer[(i / features * width) + columns[i % features]];
        for (int samples = 1; samples <= 64; samples++)
        {
            int padded = (samples + 15) / 16 * 16, stride = padded + 16, rowStride = features + 3;
            int[] rows = [.. Enumerable.Range(0, samples).Select(_ => random.Next(total))];
            GuardedBuffer expected = new(features * stride), actual = new(features * stride), row = new(samples * rowStride);
            fixed (int* indices = rows, chosen = columns)
            {
                Batch.Gather(cut.Pointer, indices, features, offset.Pointer, scale.Pointer, expected.Pointer, stride, samples, padded);
                Batch.GatherColumns(
                    data.Pointer, indices, width, chosen, features, offset.Pointer, scale.Pointer, actual.Pointer, stride, samples, padded);
                Rows.GatherColumns(
                    data.Pointer, indices, width, chosen, features, offset.Pointer, scale.Pointer, row.Pointer, rowStride, samples);
            }

            actual.Untouched(i => i % stride < padded, "destination");
            row.Untouched(i => i % rowStride < features, "rows");
            for (int i = 0; i < features; i++)
            {
                for (int s = 0; s < padded; s++)
                {
                    float value = expected.Pointer[(i * stride) + s];
                    Assert.That(actual.Pointer[(i * stride) + s], Is.EqualTo(value), $"feature {i}, sample {s} of {samples}");
                    if (s < samples) Assert.That(row.Pointer[(s * rowStride) + i], Is.EqualTo(value), $"row {s}, feature {i}");
                }
            }
        }
    }

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
