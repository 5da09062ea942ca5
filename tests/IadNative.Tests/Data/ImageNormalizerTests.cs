using IadNative.Data;

namespace IadNative.Tests.Data;

public class ImageNormalizerTests
{
    [TestCase(1)]
    [TestCase(2)]
    [TestCase(97)]
    [TestCase(784)]
    public void An_image_is_divided_by_its_contrast_after_its_mean_is_subtracted(int pixels)
    {
        var random = new System.Random(pixels);
        for (int repeat = 0; repeat < 20; repeat++)
        {
            float[] image = [.. Enumerable.Range(0, pixels).Select(_ => (float)random.Next(256))];
            // In decimal numbers, which hold all of this exactly but for the last division.
            decimal mean = image.Sum(x => (decimal)x) / pixels;
            decimal contrast = image.Sum(x => Math.Abs((decimal)x - mean)) / pixels;
            float[] expected = [.. image.Select(x => contrast == 0 ? 0 : (float)(((decimal)x - mean) / contrast))];
            float[] normalized = Apply(ImageNormalization.GlobalContrast, image);
            for (int i = 0; i < pixels; i++)
                Assert.That(normalized[i], Is.EqualTo(expected[i]).Within(2).Ulps);
        }
    }

    [Test]
    public void The_l1_norm_alone_divides_by_the_mean_magnitude()
    {
        Assert.That(Apply(ImageNormalization.L1, [1, -2, 0, 5]), Is.EqualTo(new[] { 0.5f, -1, 0, 2.5f }));
        Assert.That(Apply(ImageNormalization.L1, [10, -20, 0, 50]), Is.EqualTo(new[] { 0.5f, -1, 0, 2.5f }), "brightness is gone");
        Assert.That(Apply(ImageNormalization.L1, [7, 7, 7]), Is.EqualTo(new float[] { 1, 1, 1 }));
        Assert.That(Apply(ImageNormalization.L1, [0, 0]), Is.EqualTo(new float[] { 0, 0 }));
    }

    [TestCase(0.1f)]
    [TestCase(255)]
    [TestCase(-1e-38f)]
    [TestCase(float.MaxValue)]
    [TestCase(float.Epsilon)]
    public void An_image_of_one_value_becomes_zero(float value)
    {
        foreach (int pixels in new[] { 1, 3, 7, 784, 100_003 })
        {
            float[] image = [.. Enumerable.Repeat(value, pixels)];
            Assert.That(Apply(ImageNormalization.GlobalContrast, image), Is.All.Zero, $"{pixels} pixels");
        }
    }

    [Test]
    public void Extreme_values_stay_finite_and_others_do_not_hide([Values] ImageNormalization normalization)
    {
        Assert.That(Apply(normalization, [float.MaxValue, float.MinValue, 0]), Is.All.InRange(-3f, 3f));
        Assert.That(Apply(normalization, [float.Epsilon, 0, 0]), Is.All.InRange(-3f, 3f));
        foreach (float value in new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity })
            Assert.That(Apply(normalization, [1, value, 2]), Has.Some.NaN);
    }

    [Test]
    public void It_may_be_done_in_place_and_allocates_nothing([Values] ImageNormalization normalization)
    {
        float[] image = [3, 9, 4, 0, 1], expected = Apply(normalization, image);
        var normalizer = new ImageNormalizer(normalization, new ImageShape(1, image.Length));
        normalizer.Apply(image, image);
        Assert.That(image, Is.EqualTo(expected));
        Assert.That(Allocations.Of(() => normalizer.Apply(image, image)), Is.Zero);
    }

    // Weights add up over the pixels that stand in for those beyond an edge.
    [TestCase(1, 1)]
    [TestCase(1, 2)]
    [TestCase(3, 1)]
    [TestCase(2, 5)]
    [TestCase(7, 4)]
    [TestCase(28, 28)]
    public void A_smooth_image_has_at_every_pixel_the_binomial_mean_of_those_around_it(int height, int width)
    {
        var random = new System.Random(height + width);
        var shape = new ImageShape(height, width);
        float[] image = [.. Enumerable.Range(0, shape.Pixels).Select(_ => (float)random.Next(256))];
        float[] sharp = Apply(ImageNormalization.GlobalContrast, shape, image), smooth = Apply(ImageNormalization.SmoothContrast, shape, image);
        double[] binomial = [1, 4, 6, 4, 1];
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                double mean = 0;
                for (int j = -2; j <= 2; j++)
                {
                    for (int i = -2; i <= 2; i++)
                    {
                        int row = Math.Clamp(y + j, 0, height - 1), column = Math.Clamp(x + i, 0, width - 1);
                        mean += binomial[j + 2] * binomial[i + 2] / 256 * sharp[(row * width) + column];
                    }
                }

                Assert.That(smooth[(y * width) + x], Is.EqualTo(mean).Within(1e-6), $"({y}, {x})");
            }
        }

        Assert.That(ImageNormalizer.Smoothing, Is.EqualTo(binomial.Select(weight => (float)(weight / 16))));
    }

    [Test]
    public void One_scale_brings_all_values_to_0_to_1()
    {
        var scaler = FeatureScaler.FitRange(new Dataset("d", [3, -1, 2, 7, 0, 1], 3, 2));
        Assert.That(scaler.Offset, Is.EqualTo(new[] { -1f, -1 }));
        Assert.That(scaler.Scale, Is.EqualTo(new[] { 0.125f, 0.125f }));
    }

    [Test]
    public void Data_of_one_value_become_zero()
    {
        var scaler = FeatureScaler.FitRange(new Dataset("d", [3, 3, 3, 3], 2, 2));
        Assert.That((scaler.Offset[1], scaler.Scale[1]), Is.EqualTo((3f, 0f)));
    }

    [Test]
    public void Normalisations_go_by_their_short_names_in_both_directions()
    {
        Assert.That(ImageNormalizationNames.All, Is.EqualTo(new[] { "gcn", "l1", "gcn-smooth" }));
        foreach (var normalization in Enum.GetValues<ImageNormalization>())
            Assert.That(ImageNormalizationNames.Parse(normalization.ToShortName()), Is.EqualTo(normalization));
        Assert.That(() => ImageNormalizationNames.Parse("GCN"), Throws.TypeOf<FormatException>().With.Message.Contains("gcn or l1 or gcn-smooth"));
        Assert.That(() => ((ImageNormalization)7).ToShortName(), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    private static float[] Apply(ImageNormalization normalization, float[] image) => Apply(normalization, new ImageShape(1, image.Length), image);

    private static float[] Apply(ImageNormalization normalization, ImageShape shape, float[] image)
    {
        float[] normalized = new float[image.Length];
        new ImageNormalizer(normalization, shape).Apply(image, normalized);
        return normalized;
    }
}
