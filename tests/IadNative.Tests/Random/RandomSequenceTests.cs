using IadNative.Random;

namespace IadNative.Tests.Random;

public sealed class RandomSequenceTests
{
    [Test]
    public void A_number_is_a_lane_of_the_block_at_its_index_over_four([Range(0, 70)] int length)
    {
        const ulong key = 0x0123456789abcdef;
        var sequence = new RandomSequence(key, RandomPurpose.InitialBiases, member: 3, round: 5, epoch: 11, layer: 6);
        uint[] numbers = new uint[length];
        sequence.Fill(numbers);
        for (int i = 0; i < length; i++)
        {
            (uint x0, uint x1, uint x2, uint x3) = Philox.Block(key, (uint)(i / 4), 2 + (256 * 6), 3, (5 * 65_536) + 11);
            Assert.That(numbers[i], Is.EqualTo(new[] { x0, x1, x2, x3 }[i % 4]), $"number {i}");
        }
    }

    [Test]
    public void Uniform_numbers_are_the_upper_24_bits_stretched_over_both_signs([Range(0, 70)] int length)
    {
        var sequence = new RandomSequence(42, RandomPurpose.InitialWeights, member: 0);
        uint[] numbers = new uint[length];
        float[] uniform = new float[length];
        sequence.Fill(numbers);
        sequence.FillUniform(uniform, 0.25f);
        Assert.That(uniform, Is.EqualTo(numbers.Select(x => (float)((((x >> 8) / 8_388_608.0) - 1) * 0.25))));
    }

    [Test]
    public void Uniform_numbers_fill_their_bounds_evenly()
    {
        const float bound = 0.3f;
        float[] numbers = new float[100_000];
        new RandomSequence(1, RandomPurpose.InitialWeights, member: 0).FillUniform(numbers, bound);
        Assert.That(numbers, Has.All.InRange(-bound, bound));
        // The mean of n such numbers has a deviation of bound/√(3n), their mean square one of bound²·√(4/45n).
        Assert.That(numbers.Average(), Is.EqualTo(0).Within(4 * bound / Math.Sqrt(3e5)));
        Assert.That(numbers.Average(x => x * x), Is.EqualTo(bound * bound / 3).Within(4 * bound * bound * Math.Sqrt(4 / 45e5)));
    }

    [Test]
    public void Sequences_that_differ_in_anything_share_no_numbers()
    {
        RandomSequence[] sequences =
        [
            new(1, RandomPurpose.Shuffle, 0), new(2, RandomPurpose.Shuffle, 0), new(1UL << 32, RandomPurpose.Shuffle, 0),
            new(1, RandomPurpose.PretrainShuffle, 0), new(1, RandomPurpose.Shuffle, 1), new(1, RandomPurpose.Shuffle, 0, round: 1),
            new(1, RandomPurpose.Shuffle, 0, epoch: 1), new(1, RandomPurpose.Shuffle, 0, layer: 1),
        ];
        var blocks = sequences.Select(sequence =>
        {
            uint[] numbers = new uint[4];
            sequence.Fill(numbers);
            return string.Join(' ', numbers);
        });
        Assert.That(blocks, Is.Unique);
    }
}
