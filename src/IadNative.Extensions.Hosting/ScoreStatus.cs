namespace IadNative.Extensions.Hosting;

/// <summary>Whether a row was scored, or why it was not.</summary>
public enum ScoreStatus
{
    /// <summary>There is no model: none was loaded yet.</summary>
    NoModel,

    /// <summary>The row was scored.</summary>
    Scored,

    /// <summary>The row does not have as many features as the model.</summary>
    WrongLength,

    /// <summary>A cell is NaN, and the model was fitted without anything to put in its place (<see cref="Imputation.None"/>).</summary>
    MissingCell,

    /// <summary>A cell is infinite.</summary>
    NotFinite,

    /// <summary>The cell of a category is the code of none of its levels.</summary>
    UnknownLevel,
}
