using System.Text.Json.Nodes;
using IadNative.Data;
using IadNative.Detectors;
using IadNative.Iad;
using IadNative.Models;
using IadNative.Persistence;

namespace IadNative.Tests.Detectors;

public sealed class ImageDetectorTests
{
    // 201 images of 3x5 pixels, of very different brightness; the first is of one value.
    private static readonly Dataset s_data = Images(201, 3, 5);

    [Test]
    public void An_image_scores_the_same_alone_in_a_set_and_after_loading(
        [EachModel] BaseModel model, [Values(1, 3)] int ensemble, [Values] ImageNormalization normalization)
    {
        AnomalyDetector detector = Fit(model, ensemble, normalization), loaded = SyntheticData.Loaded(detector.Saved());
        Assert.That((loaded.Image, loaded.Options.Normalization), Is.EqualTo((s_data.Image, (ImageNormalization?)normalization)));
        Assert.That(loaded.Saved(), Is.EqualTo(detector.Saved()));
        float[] scores = detector.Score(s_data);
        Assert.That(scores, Is.All.LessThan(float.MaxValue));
        Assert.That(loaded.Score(s_data), Is.EqualTo(scores));
        for (int i = 0; i < s_data.Rows; i++) Assert.That(loaded.Score(s_data.Row(i)), Is.EqualTo(scores[i]), $"image {i}");
    }

    [Test]
    public void A_detector_of_images_is_one_of_the_normalized_values_with_one_scale(
        [EachModel] BaseModel model, [Values] ImageNormalization normalization)
    {
        AnomalyDetector detector = Fit(model, 1, normalization);
        Dataset normalized = new ImageNormalizer(normalization, s_data.Image!.Value).Apply(s_data);
        FeatureScaler scaler = detector.Content.Scaler;
        Assert.That(scaler.Offset, Is.All.EqualTo(normalized.Values.Min()));
        Assert.That(scaler.Scale, Is.All.EqualTo((float)(1 / ((double)normalized.Values.Max() - normalized.Values.Min()))));
        float[] scaled = [.. normalized.Values.Select(x => (x - scaler.Offset[0]) * scaler.Scale[0])];
        Assert.That((scaled.Min(), scaled.Max()), Is.EqualTo((0f, 1f)).Within(1e-6f));

        var table = new AnomalyDetector(detector.Content with
        {
            Image = null, Options = detector.Options with { Normalization = null },
        });
        Assert.That(table.Score(normalized), Is.EqualTo(detector.Score(s_data)));
    }

    [Test]
    public void Training_sees_what_scoring_sees([EachModel] BaseModel model, [Values] ImageNormalization normalization)
    {
        FitResult result = AnomalyDetector.Fit(s_data, SyntheticData.Quick(model) with { Normalization = normalization });
        float[] scores = result.Detector.Score(s_data);
        RoundReport selected = result.Runs[0].Rounds[result.Runs[0].SelectedRound];
        Assert.That((selected.ScoreMin, selected.ScoreMax), Is.EqualTo((scores.Min(), scores.Max())));
        Assert.That(selected.ScoreMedian, Is.EqualTo((double)scores.Order().ElementAt(100)));
    }

    [Test]
    public void Brightness_and_contrast_of_an_image_do_not_matter()
    {
        AnomalyDetector contrast = Fit(BaseModel.OneClassSvdd, 1, ImageNormalization.GlobalContrast);
        AnomalyDetector l1 = Fit(BaseModel.OneClassSvdd, 1, ImageNormalization.L1);
        float[] image = [.. s_data.Row(7)];
        float[] doubled = Array.ConvertAll(image, x => 2 * x), brighter = Array.ConvertAll(image, x => x + 64);
        Assert.That(contrast.Score(doubled), Is.EqualTo(contrast.Score(image)));
        Assert.That(contrast.Score(brighter), Is.EqualTo(contrast.Score(image)).Within(1e-3).Percent);
        Assert.That(l1.Score(doubled), Is.EqualTo(l1.Score(image)));
        Assert.That(l1.Score(brighter), Is.Not.EqualTo(l1.Score(image)).Within(1).Percent);
    }

    [Test]
    public void Scoring_an_image_allocates_nothing([EachModel] BaseModel model, [Values(1, 3)] int ensemble)
    {
        AnomalyDetector detector = Fit(model, ensemble, ImageNormalization.GlobalContrast);
        float[] image = [.. s_data.Row(5)];
        float sum = 0;
        for (int i = 0; i < 200; i++) sum += detector.Score(image);
        Assert.That(Allocations.Of(() => sum += detector.Score(image)), Is.Zero);
        Assert.That(sum, Is.Not.Zero.And.Not.NaN);
    }

    [Test]
    public void A_pixel_that_is_not_finite_gives_the_largest_score_and_other_images_keep_theirs(
        [Values] ImageNormalization normalization, [Values(float.NaN, float.PositiveInfinity, float.NegativeInfinity)] float value)
    {
        AnomalyDetector detector = Fit(BaseModel.Autoencoder, 1, normalization);
        float[] expected = detector.Score(s_data), rows = [.. s_data.Values], scores = new float[s_data.Rows];
        rows[(33 * s_data.Columns) + 2] = value;
        detector.Score(rows, scores);
        Assert.That(scores[33], Is.EqualTo(float.MaxValue));
        scores[33] = expected[33];
        Assert.That(scores, Is.EqualTo(expected));
    }

    [Test]
    public void Shares_of_the_pixels_sum_to_the_score([Values(1, 3)] int ensemble)
    {
        AnomalyDetector detector = Fit(BaseModel.Autoencoder, ensemble, ImageNormalization.GlobalContrast);
        float[] scores = detector.Score(s_data), shares = new float[s_data.Values.Length];
        detector.Explain(s_data.Values, shares);
        for (int i = 0; i < s_data.Rows; i++)
        {
            Assert.That(shares.AsSpan(i * s_data.Columns, s_data.Columns).ToArray().Sum(x => (double)x),
                Is.EqualTo(scores[i]).Within(1e-3).Percent);
        }
    }

    [Test]
    public void Images_are_normalized_by_their_contrast_unless_told_otherwise_and_tables_never()
    {
        Assert.That(AnomalyDetector.Fit(s_data, SyntheticData.Quick()).Options.Normalization,
            Is.EqualTo(ImageNormalization.GlobalContrast));
        var table = new Dataset("t", s_data.Values, s_data.Rows, s_data.Columns);
        AnomalyDetector detector = AnomalyDetector.Fit(table, SyntheticData.Quick()).Detector;
        Assert.That((detector.Options.Normalization, detector.Image), Is.EqualTo(((ImageNormalization?)null, (ImageShape?)null)));
        Assert.That(() => AnomalyDetector.Fit(table, SyntheticData.Quick() with { Normalization = ImageNormalization.L1 }),
            Throws.ArgumentException.With.Message.Contains("t is a table"));
        Assert.That(() => AnomalyDetector.Fit(s_data, SyntheticData.Quick() with { Normalization = (ImageNormalization)9 }),
            Throws.ArgumentException.With.Message.Contains("no normalisation 9"));
    }

    [TestCase("height", 4, "images of 4x5 do not have 15 values")]
    [TestCase("height", 0, "")]
    [TestCase("height", -3, "")]
    [TestCase("height", 3.5, "")]
    [TestCase("width", int.MaxValue, "do not have 15 values")]
    [TestCase("normalization", "l3", "'l3'")]
    [TestCase("normalization", null, "'normalization' is null")]
    [TestCase("normalization", 1, "")]
    public void A_description_of_images_that_makes_no_sense_is_refused(string property, object? value, string said)
    {
        byte[] saved = Fit(BaseModel.OneClassSvdd, 1, ImageNormalization.L1).Saved();
        Refused(image => image[property] = JsonValue.Create(value), said);
        Refused(image => image.Remove(property), "given key");

        void Refused(Action<JsonObject> damage, string part)
        {
            var file = new ModelFile(saved);
            damage(file.Description["image"]!.AsObject());
            Assert.That(() => SyntheticData.Loaded(file.ToBytes()),
                Throws.TypeOf<ModelFormatException>().With.Message.Contains(part));
        }
    }

    private static AnomalyDetector Fit(BaseModel model, int ensemble, ImageNormalization normalization)
    {
        FitOptions options = SyntheticData.Quick(model);
        return AnomalyDetector.Fit(s_data, options with
        {
            Normalization = normalization,
            Training = options.Training with { Rounds = 1, Epochs = 3, Ensemble = ensemble },
        }).Detector;
    }

    private static Dataset Images(int count, int height, int width)
    {
        var random = new System.Random(3);
        float[] values = new float[count * height * width];
        for (int i = 0; i < values.Length; i++)
        {
            int image = i / (height * width);
            values[i] = image == 0 ? 80 : random.Next(1 + (image % 120)) + (image % 7);
        }

        return new Dataset("images", values, count, height * width) { Image = new ImageShape(height, width) };
    }
}
