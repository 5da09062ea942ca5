using IadNative.Compute;

namespace IadNative.Tests.Compute;

public sealed class BatchScheduleTests
{
    [TestCase(2)]
    [TestCase(3)]
    [TestCase(7)]
    [TestCase(64)]
    [TestCase(128)]
    [TestCase(1000)]
    public void Every_sample_is_in_one_batch_and_no_batch_has_only_one(int batchSize)
    {
        for (int samples = 2; samples <= 600; samples++)
        {
            var schedule = new BatchSchedule(samples, batchSize);
            int next = 0, largest = 0;
            for (int batch = 0; batch < schedule.Count; batch++)
            {
                int length = schedule.Length(batch);
                Assert.That(schedule.Start(batch), Is.EqualTo(next), $"{samples} samples, batch {batch}");
                Assert.That(length, Is.InRange(2, batchSize + 1), $"{samples} samples, batch {batch}");
                if (batch < schedule.Count - 1) Assert.That(length, Is.EqualTo(batchSize), $"{samples} samples, batch {batch}");
                next += length;
                largest = Math.Max(largest, length);
            }

            Assert.That(next, Is.EqualTo(samples));
            Assert.That(schedule.LargestBatch, Is.EqualTo(largest), $"{samples} samples");
            bool joined = samples > batchSize && samples % batchSize == 1;
            Assert.That(schedule.Count, Is.EqualTo(((samples - 1) / batchSize) + (joined ? 0 : 1)), $"{samples} samples");
        }
    }

    [Test]
    public void Fewer_than_two_samples_are_refused()
    {
        Assert.That(() => new BatchSchedule(1, 128), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new BatchSchedule(10, 1), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }
}
