using IadNative.ML;
using IadNative.Tests.Detectors;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace IadNative.Tests.ML;

/// <summary>What the trainer takes, fits and refuses.</summary>
public sealed class TrainerTests
{
    private static readonly MlRows s_rows = new();

    [Test]
    public void It_fits_the_detector_that_the_library_fits_on_the_same_rows()
    {
        IadTransformer fitted = MlRows.Context.AnomalyDetection.Trainers.Iad(options: MlRows.Quick).Fit(s_rows.View);
        Dataset unlabelled = SyntheticData.WithLabels(s_rows.Table, null);
        Assert.That(fitted.Detector.Saved(), Is.EqualTo(AnomalyDetector.Fit(unlabelled, MlRows.Quick).Detector.Saved()));
        Assert.That(fitted.Result!.Detector, Is.SameAs(fitted.Detector));
    }

    [Test]
    public void Names_of_slots_become_names_of_features()
    {
        IDataView named = MlRows.Context.Transforms.CopyColumns("Weight", "Label").Append(MlRows.Context.Transforms.Concatenate("Both", "Label", "Weight"))
            .Fit(s_rows.View).Transform(s_rows.View);
        Assert.That(new IadTrainer("Both", MlRows.Quick).Fit(named).Detector.FeatureNames, Is.EqualTo(new[] { "Label", "Weight" }));
    }

    [Test]
    public void Missing_cells_are_refused_unless_something_takes_their_place()
    {
        IDataView gaps = MlRows.ViewOf(Enumerable.Range(0, 60).Select(i => new Sample { Features = [i % 7, i % 5, i == 9 ? float.NaN : i] }));
        Assert.That(() => new IadTrainer(options: MlRows.Quick).Fit(gaps), Throws.ArgumentException);
        IadTransformer fitted = new IadTrainer(options: MlRows.Quick with { Imputation = Imputation.Median }).Fit(gaps);
        Assert.That(MlRows.Column<float>(fitted.Transform(gaps), "Score"), Is.All.LessThan(float.MaxValue));
    }

    [Test]
    public void Columns_that_are_no_vectors_of_float32_are_refused_with_what_is_needed()
    {
        Assert.That(() => new IadTrainer("Farbe").Fit(s_rows.View), Throws.ArgumentException.With.Message.Contains("'Farbe'").And.Message.Contains("'Features'"));
        Assert.That(() => new IadTrainer("Label").Fit(s_rows.View), Throws.ArgumentException.With.Message.Contains("Single, but a vector of Single"));
        Assert.That(() => new IadTrainer().Fit(MlRows.ViewOf([])), Throws.ArgumentException.With.Message.Contains("no rows"));
        Assert.That(() => new IadTrainer(""), Throws.ArgumentException);
    }

    [Test]
    public void The_shape_of_a_pipeline_has_the_three_columns_before_anything_is_fitted()
    {
        SchemaShape given = MlRows.Context.Transforms.CustomMapping<Nothing, Sample>((_, _) => { }, null).GetOutputSchema(new SchemaShape([]));
        SchemaShape shape = new IadTrainer().GetOutputSchema(given);
        Assert.That(shape.Select(column => (column.Name, column.Kind, column.ItemType)), Is.EquivalentTo(new (string, SchemaShape.Column.VectorKind, DataViewType)[]
        {
            ("Features", SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single),
            ("Label", SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.Single),
            ("Id", SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.Int32),
            ("Score", SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.Single),
            ("PredictedLabel", SchemaShape.Column.VectorKind.Scalar, BooleanDataViewType.Instance),
            ("PValue", SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.Double),
        }));
        Assert.That(() => new IadTrainer("Farbe").GetOutputSchema(given), Throws.ArgumentException.With.Message.Contains("'Farbe'"));
        Assert.That(() => new IadTrainer("Id").GetOutputSchema(given), Throws.ArgumentException.With.Message.Contains("vector of Single"));
    }

    private sealed class Nothing
    {
    }
}
